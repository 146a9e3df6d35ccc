import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Description } from './description.js';

/** What logits are compared with. */
export interface LossTarget {
  /** `[N]`, int32 */
  readonly labels: Tensor1D;
  /** `[N, R]`: the batch's own targets, if it has any. */
  readonly targets?: Tensor2D;
  /** `[N, K]`: a teacher's logits for the same images, if there is one. */
  readonly teacherLogits?: Tensor2D;
}

/** A loss of a batch of logits. */
export interface Loss {
  /** What it is, as data: `lossOf(description)` is the same loss again. */
  readonly description: Description;
  /**
   * A scalar, averaged over the batch and differentiable.
   *
   * @param logits `[N, K]`
   */
  evaluate(logits: Tensor2D, target: LossTarget): Scalar;
}
