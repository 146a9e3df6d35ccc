import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Description } from './description.js';

/** What logits are compared with. */
export interface LossTarget {
  /** `[N]`, int32 */
  readonly labels: Tensor1D;
  /** `[N, R]`: the batch's own targets, if it has any. */
  readonly targets?: Tensor2D;
  /** `[N, K]`: a teacher's logits for the same images, if there is one. */
  readonly teacherLogits?: Tensor2D;
  /** By node of {@link Loss.features}, `[N, …shape]`: the teacher's values there. */
  readonly teacherFeatures?: ReadonlyMap<string, Tensor>;
}

/** A loss of a batch of logits. */
export interface Loss {
  /** What it is, as data: `lossOf(description)` is the same loss again. */
  readonly description: Description;
  /** Nodes whose values, the network's and its teacher's, the loss compares; default: none. */
  readonly features?: readonly string[];
  /**
   * A scalar, averaged over the batch and differentiable.
   *
   * @param logits `[N, K]`
   * @param features by node of `features`, `[N, …shape]`
   */
  evaluate(logits: Tensor2D, target: LossTarget, features?: ReadonlyMap<string, Tensor>): Scalar;
}
