import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** How far a site's output is from what it should be: what stage II minimizes. */
export interface CalibrationLoss {
  readonly name: string;
  /** One line with the formula. */
  readonly summary: string;
  /**
   * A scalar, averaged over the images, differentiable with respect to the output. That the loss of a batch is the mean of its
   * images' is part of the contract: batches are taken in parts.
   *
   * @param output the time-mean output, `[N, …shape]`
   * @param target of that shape; constant
   */
  evaluate(output: Tensor, target: Tensor): Scalar;
  /** The slow reference: one image, flattened, in float64. */
  reference(output: readonly number[], target: readonly number[]): number;
}
