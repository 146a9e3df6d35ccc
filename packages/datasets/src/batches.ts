import { type LabelledBatch, permutation, randomStream } from '@rheobase/network';
import { augment } from './augment-batch.js';
import type { Augmentation } from './augmentation.js';
import type { ImageSource } from './image-source.js';
import { type Normalization, normalizer } from './normalization.js';

/** Images ready for a network, with their labels. */
export interface Batch extends LabelledBatch {
  /** `[n, height, width, channels]`. */
  readonly shape: readonly [n: number, height: number, width: number, channels: number];
  /** Position of each image in the source, `[n]`. */
  readonly indices: Int32Array;
  /** How many images of the order have been used after this batch. Pass it as `from` to resume after it. */
  readonly next: number;
}

export interface BatchOptions {
  /** Images in a batch; a positive integer. */
  readonly batchSize: number;
  readonly normalization: Normalization;
  /** `sequential` (the default) as the source stands, or `shuffled` by seed and epoch. */
  readonly order?: 'sequential' | 'shuffled';
  /** Determines the shuffle and the augmentations; a safe integer; default: 0. */
  readonly seed?: number;
  /** Another shuffle and other augmentations under the same seed; a safe integer; default: 0. */
  readonly epoch?: number;
  /** Uses at most this many images: the first ones of the order. */
  readonly limit?: number;
  /** Applied to each image one after the other, before normalization. */
  readonly augment?: readonly Augmentation[];
  /** What becomes of the last images when they do not fill a batch: `keep` (the default) gives a smaller batch. */
  readonly remainder?: 'keep' | 'drop';
  /** Starts after this many images of the order, such as a batch's `next`; default: 0. */
  readonly from?: number;
}

/** Separates the streams of the shuffle from those of augmentation, so that neither repeats the other's numbers. */
const purpose = { shuffle: 1, augmentation: 2 } as const;

/**
 * The order in which an epoch visits `length` images: a function of seed and epoch alone.
 *
 * @throws if seed or epoch is not a safe integer.
 */
export function shuffledOrder(length: number, seed: number, epoch: number): Int32Array {
  return permutation(length, randomStream(purpose.shuffle, seed, epoch));
}

function checkCount(what: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${what} must be an integer of at least ${least}, is ${value}`);
  }
}

/** Where batches begin and end in the order: `[from, to)`. */
function* spans(
  length: number,
  { batchSize, limit = length, remainder = 'keep', from = 0 }: Omit<BatchOptions, 'normalization'>,
): Generator<readonly [from: number, to: number]> {
  const end = Math.min(length, limit);
  for (let start = from; start < end; start += batchSize) {
    const to = Math.min(start + batchSize, end);
    if (remainder === 'keep' || to - start === batchSize) yield [start, to];
  }
}

function checkOptions(options: Omit<BatchOptions, 'normalization'>): void {
  checkCount('batchSize', options.batchSize, 1);
  if (options.limit !== undefined) checkCount('limit', options.limit, 0);
  if (options.from !== undefined) checkCount('from', options.from, 0);
}

/**
 * How many batches {@link batches} gives from a source of `length` images.
 *
 * @throws as it does.
 */
export function batchCount(length: number, options: Omit<BatchOptions, 'normalization'>): number {
  checkOptions(options);
  return [...spans(length, options)].length;
}

/**
 * The images of a source as batches for a network, read lazily and one batch ahead of its use.
 *
 * What a batch holds is a function of the source and the options alone. An image's augmentation depends on seed, epoch and the image's
 * index in the source, not on batch size, order or position, so that an interrupted epoch resumes exactly:
 * `batches(source, {...options, from: last.next})`.
 *
 * @throws at the first batch if an option is out of range or the normalization does not fit the images; later whatever the source's
 * `read` or an augmentation throws, at the batch concerned.
 */
export async function* batches(source: ImageSource, options: BatchOptions): AsyncGenerator<Batch, void, undefined> {
  const { normalization, order = 'sequential', seed = 0, epoch = 0, augment: augmentations = [] } = options;
  checkOptions(options);
  const shuffled = order === 'shuffled' ? shuffledOrder(source.length, seed, epoch) : undefined;
  const normalize = normalizer(normalization, source.imageShape[2]);

  const prepare = async (from: number, to: number): Promise<Batch> => {
    const indices = shuffled
      ? Array.from(shuffled.subarray(from, to))
      : Array.from({ length: to - from }, (_, k) => from + k);
    const read = await source.read(indices);
    const { images, shape } =
      augmentations.length === 0
        ? read
        : augment(read, augmentations, { seed, epoch }, ({ index }) =>
            randomStream(purpose.augmentation, seed, epoch, index),
          );
    return { images: normalize(images), shape, labels: read.labels, indices: read.indices, next: to };
  };

  let ahead: Promise<Batch> | undefined;
  try {
    for (const [from, to] of spans(source.length, options)) {
      const coming = prepare(from, to);
      // A reading that fails while nobody waits for it must not end the process; it is reported when its turn comes.
      coming.catch(() => undefined);
      const current = ahead;
      ahead = coming;
      if (current) yield await current;
    }
    const last = ahead;
    ahead = undefined;
    if (last) yield await last;
  } finally {
    // A consumer that leaves early may close the source next: let the reading under way end first.
    await ahead?.catch(() => undefined);
  }
}
