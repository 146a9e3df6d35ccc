import type { Tensor } from '@tensorflow/tfjs-core';
import type { Fire } from './neuron.js';

/** A smooth surrogate σ for the Heaviside step: the forward pass is the exact step, the backward pass uses σ′. */
export interface Surrogate {
  readonly name: string;
  /** One line with the formula. */
  readonly summary: string;
  /** The initial slope k. */
  readonly initialSlope: number;
  /**
   * A fire function: forward 1 where x ≥ 0, else 0; backward ∂σ(x)/∂x and, if the slope is a tensor, ∂σ(x)/∂k summed to its shape.
   *
   * @param slope k > 0, in 1/(unit of the potential); a number, or a tensor that broadcasts to x
   */
  fire(slope: Tensor | number): Fire;
  /** σ′(x) = ∂σ/∂x, in x's shape, for engines with their own BPTT. It has no gradient. */
  derivative(x: Tensor, slope: Tensor | number): Tensor;
  /** Name of the same surrogate in the kernels `RheobaseNeuronsGrad` of \@rheobase/tfjs-wasm-training. Without one they are given σ′. */
  readonly fused?: string;
  /** The slow reference at one point, in float64: σ′(x) and σ(x). */
  reference(x: number, slope: number): { readonly derivative: number; readonly smooth: number };
}
