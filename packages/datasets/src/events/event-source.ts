import type { LabelledBatch } from '@rheobase/network';
import type { SplitName } from '../image-source.js';

/** Recordings as a batch for a spiking network: `images` are counts `[T, n, height, width, 2]`, and T is `frames`. */
export interface EventBatch extends LabelledBatch {
  /** `[n, height, width, 2]`. */
  readonly shape: readonly [n: number, height: number, width: number, channels: number];
  /** T, the frames of the longest recording. */
  readonly frames: number;
  /** The frames of each recording, `[n]`; those that follow up to T are empty. */
  readonly lengths: Int32Array;
}

/** Labelled recordings of an event camera, read by position as event frames. */
export interface EventSource {
  readonly name: string;
  /** The part of the set; absent: all of it. */
  readonly split?: SplitName;
  /** Name of each class; a label is an index into it. */
  readonly classNames: readonly string[];
  /** How many recordings there are. */
  readonly length: number;
  /** `[height, width, 2]`. */
  readonly frameShape: readonly [height: number, width: number, channels: number];
  /**
   * Reads the recordings at `indices`, in that order.
   *
   * @throws (the promise rejects) naming the file that is damaged, or if an index is not an integer in 0…length − 1.
   */
  read(indices: readonly number[]): Promise<EventBatch>;
}
