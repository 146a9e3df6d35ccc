import type { BoundNetwork } from '@rheobase/execution';
import { usingResult } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { clone } from '@tensorflow/tfjs-core';
import { analogLogits } from './analog-forward.js';
import { onlyLogits } from './only-logits.js';

/** What a network learns from in addition to labels. */
export interface Teacher {
  /**
   * Logits `[N, K]` for images `[N, …]`, the caller's to dispose.
   */
  logits(images: Tensor): Tensor2D;
  /** Its logits, and the values `[N, …shape]` of nodes, for a loss that compares {@link Loss.features}; the caller's to dispose. */
  read?(images: Tensor, nodes: readonly string[]): TeacherValues;
  /** The underlying network, if there is one; other threads need it to create the same teacher. */
  readonly network?: Network;
}

/** What a teacher says of a batch. */
export interface TeacherValues {
  readonly logits: Tensor2D;
  readonly features: ReadonlyMap<string, Tensor>;
}

/** A bound network as a teacher, run in inference. It stays the caller's to dispose, after training. */
export function teacherFrom(bound: BoundNetwork): Teacher {
  return {
    network: bound.snapshot(),
    logits: (images) => analogLogits(bound, images),
    read: (images, nodes) =>
      usingResult(bound.run(images, { record: nodes }), ({ outputs, recorded }) => ({
        logits: clone(onlyLogits(outputs)),
        features: new Map([...recorded].map(([node, value]) => [node, clone(value)])),
      })),
  };
}
