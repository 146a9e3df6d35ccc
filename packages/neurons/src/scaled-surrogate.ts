import { customGradient, sumToShape } from '@rheobase/activations';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mul } from '@tensorflow/tfjs-core';
import { heaviside } from './heaviside.js';
import type { Surrogate } from './surrogate.js';

/** A surrogate σ(x) = g(k·x): g rises from 0 to 1, with g(0) = ½. */
export interface SurrogateShape {
  readonly name: string;
  readonly summary: string;
  readonly initialSlope: number;
  /** As of {@link Surrogate.fused}. */
  readonly fused?: string;
  /** g(u), in float64. */
  smooth(u: number): number;
  /** g′(u), in float64. */
  derivative(u: number): number;
  /** g′(u) on tensors. */
  derivativeOf(u: Tensor): Tensor;
}

/** The surrogate with a given shape: ∂σ/∂x = k·g′(k·x) and ∂σ/∂k = x·g′(k·x). */
export function scaledSurrogate({ name, summary, initialSlope, fused, ...shape }: SurrogateShape): Surrogate {
  return {
    name,
    summary,
    initialSlope,
    ...(fused !== undefined && { fused }),
    fire: (slope) => (x) =>
      typeof slope === 'number'
        ? customGradient(
            [x],
            () => ({ value: heaviside(x), saved: [x] }),
            (dy, [at]) => [mul(dy, mul(slope, shape.derivativeOf(mul(at, slope))))],
          )
        : customGradient(
            [x, slope],
            () => ({ value: heaviside(x), saved: [x, slope] }),
            (dy, [at, k]) => {
              const scaled = mul(dy, shape.derivativeOf(mul(at, k)));
              return [sumToShape(mul(scaled, k), at.shape), sumToShape(mul(scaled, at), k.shape)];
            },
          ),
    derivative: (x, slope) => mul(slope, shape.derivativeOf(mul(x, slope))),
    reference: (x, slope) => ({ derivative: slope * shape.derivative(slope * x), smooth: shape.smooth(slope * x) }),
  };
}
