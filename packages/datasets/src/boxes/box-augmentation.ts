import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Augmentation, Visit } from '../augmentation.js';
import type { RasterImage } from '../raster-image.js';
import type { LabelledBox } from './box.js';

/** An image on its way to a network, and the boxes in it. */
export interface BoxExample {
  readonly image: RasterImage;
  readonly objects: readonly LabelledBox[];
}

/**
 * A random change made to one training image and its boxes together. As with `Augmentation`, it leaves its argument untouched and is a
 * function of the example, the random numbers and the visit alone.
 */
export interface BoxAugmentation {
  readonly name: string;
  apply(example: BoxExample, random: RandomGenerator, visit?: Visit): BoxExample;
}

/** An augmentation that moves no pixels, such as a change of colours: boxes stay. */
export function pixelsOnly({ name, apply }: Augmentation): BoxAugmentation {
  return { name, apply: ({ image, objects }, random, visit) => ({ image: apply(image, random, visit), objects }) };
}
