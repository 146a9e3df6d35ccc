import type { Tensor } from '@tensorflow/tfjs-core';
import type { Fire } from './neuron.js';

/**
 * A smooth stand-in σ for the Heaviside step: forwards the step is exact, backwards its derivative is σ′.
 */
export interface Surrogate {
  readonly name: string;
  /** One line with the formula. */
  readonly summary: string;
  /** The slope k that it starts at. */
  readonly initialSlope: number;
  /**
   * A fire function: forwards 1 where x ≥ 0, else 0; backwards ∂σ(x)/∂x, and, where the slope is a tensor, ∂σ(x)/∂k
   * summed to its shape.
   *
   * @param slope k > 0, in 1/(unit of the potential); a number, or a tensor that broadcasts to x
   */
  fire(slope: Tensor | number): Fire;
  /** σ′(x) = ∂σ/∂x itself, of x's shape, for engines that go back through time on their own. It has no gradient. */
  derivative(x: Tensor, slope: Tensor | number): Tensor;
  /** The slow reference at one point, in float64: σ′(x) and σ(x). */
  reference(x: number, slope: number): { readonly derivative: number; readonly smooth: number };
}
