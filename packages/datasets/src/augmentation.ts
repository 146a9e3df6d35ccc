import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { RasterImage } from './raster-image.js';

/** A visit of training to one image. */
export interface Visit {
  readonly seed: number;
  readonly epoch: number;
  /** Of the image in its source. */
  readonly index: number;
}

/**
 * A random change made to one training image.
 *
 * `apply` leaves its argument untouched and is a function of the image, the random numbers and the visit alone. The generator is made afresh for
 * each image from seed, epoch and the image's index, so that neither batch size nor order changes what an image becomes; an
 * augmentation draws from it and leaves it advanced for the next one in the list. What has to go by the epoch, such as a flip every
 * other time, finds it in the visit, which `batches` gives.
 */
export interface Augmentation {
  readonly name: string;
  apply(image: RasterImage, random: RandomGenerator, visit?: Visit): RasterImage;
}
