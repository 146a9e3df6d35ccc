import type { BoundNetwork } from '@rheobase/execution';
import type { BatchStatistics } from '@rheobase/tfjs-wasm-training';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Description } from './description.js';

/** What a forward pass of training gives. */
export interface TrainingPass {
  /** `[N, K]` */
  readonly logits: Tensor2D;
  /** By batch norm node: what its running statistics are to be updated with; the caller's to dispose. */
  readonly statistics: ReadonlyMap<string, BatchStatistics>;
  /** By recorded node, `[N, …shape]`; none where the pass records none. */
  readonly features?: ReadonlyMap<string, Tensor>;
}

/** How a network's logits are computed: `analogForward` or `spikingForward`. */
export interface Forward {
  /** What it is, as data: enough for another thread to make the same. */
  readonly description: Description;
  /**
   * The differentiable pass, inside the caller's tidy and gradient.
   *
   * @param images `[N, …shape]`
   * @param record nodes whose values the loss needs as well: `analogForward` gives them
   */
  train(bound: BoundNetwork, images: Tensor, random: RandomGenerator, record?: readonly string[]): TrainingPass;
  /** Logits `[N, K]` as inference gives them; the caller's to dispose. */
  infer(bound: BoundNetwork, images: Tensor): Tensor2D;
}
