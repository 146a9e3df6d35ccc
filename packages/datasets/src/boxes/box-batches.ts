import { type ImageBatch, randomStream } from '@rheobase/network';
import { shuffledOrder } from '../batches.js';
import { type Normalization, normalizer } from '../normalization.js';
import { type ImageSize, type LabelledBox, mapBox } from './box.js';
import type { BoxAugmentation, BoxExample } from './box-augmentation.js';
import type { BoxSource } from './box-source.js';
import { fitImage, type ImageFit, type Placement } from './fit-image.js';

/** Images of one size, ready for a network, with what is in them. */
export interface BoxBatch extends ImageBatch {
  /** `[n, height, width, channels]`. */
  readonly shape: readonly [n: number, height: number, width: number, channels: number];
  /** The objects of each image, in pixels of the network's input. */
  readonly objects: readonly (readonly LabelledBox[])[];
  /** Where each image lies in the network's input. */
  readonly placements: readonly Placement[];
  /** Position of each image in the source, `[n]`. */
  readonly indices: Int32Array;
  /** How many images of the order have been used after this batch. Pass it as `from` to resume after it. */
  readonly next: number;
}

export interface BoxBatchOptions {
  /** Images in a batch; a positive integer. */
  readonly batchSize: number;
  /** Size of the network's input. */
  readonly size: ImageSize;
  readonly fit: ImageFit;
  readonly normalization: Normalization;
  /** `sequential` (the default) as the source stands, or `shuffled` by seed and epoch. */
  readonly order?: 'sequential' | 'shuffled';
  /** Determines the shuffle and the augmentations; a safe integer; default: 0. */
  readonly seed?: number;
  /** Another shuffle and other augmentations under the same seed; a safe integer; default: 0. */
  readonly epoch?: number;
  /** Applied to each image and its boxes one after the other, before the image is resized. */
  readonly augment?: readonly BoxAugmentation[];
  /** Applied after it, on fewer pixels: for changes of colour. */
  readonly augmentFitted?: readonly BoxAugmentation[];
  /** Uses at most this many images: the first ones of the order. */
  readonly limit?: number;
  /** Starts after this many images of the order; default: 0. */
  readonly from?: number;
}

/** Tells augmentation's random numbers from those of the shuffle and of plain image batches. */
const boxAugmentationStream = 3;

/**
 * The images of a source as batches for a network, read when they are wanted. What a batch holds is a function of the source and the
 * options alone; an image's augmentation depends on seed, epoch and its index only.
 *
 * @throws at the first batch if an option is out of range; later whatever the source's `read` or an augmentation throws.
 */
export async function* boxBatches(
  source: BoxSource,
  options: BoxBatchOptions,
): AsyncGenerator<BoxBatch, void, undefined> {
  const { batchSize, size, normalization, order = 'sequential', seed = 0, epoch = 0, from = 0 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize must be an integer of at least 1, is ${batchSize}`);
  }
  const visited =
    order === 'shuffled'
      ? shuffledOrder(source.length, seed, epoch)
      : Int32Array.from({ length: source.length }, (_, index) => index);
  const normalize = normalizer(normalization, 3);
  const end = Math.min(source.length, options.limit ?? source.length);
  for (let start = from; start < end; start += batchSize) {
    const indices = visited.slice(start, Math.min(start + batchSize, end));
    const prepared = await Promise.all(Array.from(indices, (index) => prepare(source, index, options, seed, epoch)));
    const images = new Float32Array(indices.length * size.height * size.width * 3);
    prepared.forEach(({ example }, k) => images.set(normalize(example.image.data), k * size.height * size.width * 3));
    yield {
      images,
      shape: [indices.length, size.height, size.width, 3],
      objects: prepared.map(({ example }) => example.objects),
      placements: prepared.map(({ placement }) => placement),
      indices,
      next: start + indices.length,
    };
  }
}

async function prepare(
  source: BoxSource,
  index: number,
  { size, fit, augment = [], augmentFitted = [] }: BoxBatchOptions,
  seed: number,
  epoch: number,
): Promise<{ readonly example: BoxExample; readonly placement: Placement }> {
  const random = randomStream(boxAugmentationStream, seed, epoch, index);
  const apply = (example: BoxExample, by: readonly BoxAugmentation[]): BoxExample =>
    by.reduce((changed, augmentation) => augmentation.apply(changed, random, { seed, epoch, index }), example);
  const { image, objects } = apply(await source.read(index), augment);
  const fitted = fitImage(image, size, fit);
  const placed = objects.map((object) => mapBox(object, fitted.placement));
  return { example: apply({ image: fitted.image, objects: placed }, augmentFitted), placement: fitted.placement };
}
