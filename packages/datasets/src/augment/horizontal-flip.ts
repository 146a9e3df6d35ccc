import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { Augmentation } from '../augmentation.js';
import type { RasterImage } from '../raster-image.js';
import { checkProbability } from './probability.js';

export interface HorizontalFlipOptions {
  /** How likely an image is mirrored, 0…1. 0.5 by default. */
  readonly probability?: number;
}

/**
 * Exchanges left and right, with a probability. Draws one number.
 *
 * @throws if the probability is not in 0…1.
 */
export function horizontalFlip({ probability = 0.5 }: HorizontalFlipOptions = {}): Augmentation {
  checkProbability('horizontal-flip', probability);
  return {
    name: 'horizontal-flip',
    apply: (image, random) => (uniformFloat64(random) < probability ? mirror(image) : image),
  };
}

/** The image with left and right exchanged. */
export function mirror({ data, height, width, channels }: RasterImage): RasterImage {
  const mirrored = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + (width - 1 - x)) * channels;
      mirrored.set(data.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return { data: mirrored, height, width, channels };
}
