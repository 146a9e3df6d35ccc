import type { LabelledBatch } from '@rheobase/network';

/** Images with their labels, as `batches` of \@rheobase/datasets gives them. */
export interface TrainingBatch extends LabelledBatch {
  /** `[N · R]`: what a loss that does not go by labels is held against, R numbers an image, such as the boxes of a detector. */
  readonly targets?: Float32Array;
}

/** Where training images come from: the batches of each epoch, in that epoch's own order. */
export interface TrainingSource {
  readonly batchesPerEpoch: number;
  /**
   * The batches of an epoch, the same ones whenever it is asked.
   *
   * @param epoch from 0
   * @param from how many of the epoch's images to pass over: those that an interrupted run has used. It is 0 or lies where
   *   a batch ended
   */
  epoch(epoch: number, from: number): AsyncIterable<TrainingBatch>;
}
