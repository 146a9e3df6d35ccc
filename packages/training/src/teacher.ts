import type { BoundNetwork } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { analogLogits } from './analog-forward.js';

/** What a network learns from in addition to labels. */
export interface Teacher {
  /**
   * Logits `[N, K]` for images `[N, …]`, the caller's to dispose.
   */
  logits(images: Tensor): Tensor2D;
  /** The underlying network, if there is one; other threads need it to create the same teacher. */
  readonly network?: Network;
}

/** A bound network as a teacher, run in inference. It stays the caller's to dispose, after training. */
export function teacherFrom(bound: BoundNetwork): Teacher {
  return {
    network: bound.snapshot(),
    logits: (images) => analogLogits(bound, images),
  };
}
