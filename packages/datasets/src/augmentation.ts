import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { RasterImage } from './raster-image.js';

/**
 * A random change made to one training image.
 *
 * `apply` leaves its argument untouched and is a function of the image and the random numbers alone. The generator is made afresh for
 * each image from seed, epoch and the image's index, so that neither batch size nor order changes what an image becomes; an
 * augmentation draws from it and leaves it advanced for the next one in the list.
 */
export interface Augmentation {
  readonly name: string;
  apply(image: RasterImage, random: RandomGenerator): RasterImage;
}
