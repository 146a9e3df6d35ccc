import type { SkippedFile } from './skipped-file.js';

/** The parts a data set is published in. Not every set has every part. */
export type SplitName = 'train' | 'validation' | 'test';

/** Images of the set before normalization, with their labels. */
export interface PixelBatch {
  /** Pixels, NHWC, each 0…255; `n · height · width · channels` bytes. The reader owns nothing of it: callers may write to it. */
  readonly images: Uint8Array;
  /** `[n, height, width, channels]`. */
  readonly shape: readonly [n: number, height: number, width: number, channels: number];
  /** Class of each image, `[n]`, each 0…classNames.length − 1. */
  readonly labels: Int32Array;
  /** Position of each image in the source it was read from, `[n]`: the indices asked for, in the order asked for. */
  readonly indices: Int32Array;
}

/**
 * A data set, or a part of one, from which images are read by position.
 *
 * An image source is immutable: the same index gives the same bytes and the same label at every reading, in whatever company and
 * order it is asked for. Reading is lazy: opening a source looks only at its sizes and names.
 */
export interface ImageSource {
  /** The set's registered name, such as `cifar10`. */
  readonly name: string;
  readonly split: SplitName;
  /** Name of each class; a label is an index into it. */
  readonly classNames: readonly string[];
  /** How many images there are. */
  readonly length: number;
  /** Files in the set's folder that are not among its images; absent if a set has no image folder. */
  readonly skipped?: readonly SkippedFile[];
  /** How a split was made of a folder that has none of its own, in words; absent for sets that have. */
  readonly division?: string;
  /** A sentence that explains how to get another number of classes, for messages about a wrong number; absent if there is no way. */
  readonly classAdvice?: string;
  /** Shape of every image, `[height, width, channels]`. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /**
   * Reads the images at `indices`, in that order; an index may occur more than once, and none is an empty batch.
   *
   * @throws (the promise rejects) if an index is not an integer in 0…length − 1, or if the data behind it is damaged.
   */
  read(indices: readonly number[]): Promise<PixelBatch>;
  /** The labels of all images, `[length]`, without reading pixels where the set allows it. */
  labels(): Promise<Int32Array>;
  /**
   * Identifies a stored image without decoding it: the SHA-256 of its file, or the parameters that a procedural one is drawn from. Runs
   * record their images by it. If absent, the pixels identify the image.
   *
   * @throws (the promise rejects) if the index is not an integer in 0…length − 1, or naming the file if it cannot be read.
   */
  fingerprint?(index: number): Promise<string>;
  /** Frees what the source holds, such as open files. A closed source refuses to read. Closing twice is harmless. */
  close(): Promise<void>;
}

/**
 * Refuses any index that is not an integer in 0…length − 1.
 *
 * @throws naming the source, the index and the range.
 */
export function checkIndices(source: Pick<ImageSource, 'name' | 'split' | 'length'>, indices: readonly number[]): void {
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= source.length) {
      throw new RangeError(
        `${source.name} (${source.split}): no image ${index}; the ${source.length} images are numbered 0…${source.length - 1}`,
      );
    }
  }
}

/**
 * Refuses a closed source.
 *
 * @throws naming the source.
 */
export function checkOpen(source: Pick<ImageSource, 'name' | 'split'>, open: boolean): void {
  if (!open) throw new Error(`${source.name} (${source.split}) is closed; open it again to read from it`);
}
