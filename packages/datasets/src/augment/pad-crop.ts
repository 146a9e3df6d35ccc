import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { Augmentation } from '../augmentation.js';

export interface PadCropOptions {
  /** Pixels added on each side before the crop, all zero. 4 by default. */
  readonly padding?: number;
}

/**
 * Surrounds the image with black and crops it to its old size at a random place: a shift by up to `padding` pixels each way.
 *
 * Draws two numbers: the row, then the column of the crop's corner.
 *
 * @throws if `padding` is not an integer ≥ 0.
 */
export function padCrop({ padding = 4 }: PadCropOptions = {}): Augmentation {
  if (!Number.isInteger(padding) || padding < 0) {
    throw new RangeError(`pad-crop: padding must be an integer ≥ 0, is ${padding}`);
  }
  return {
    name: 'pad-crop',
    apply({ data, height, width, channels }, random) {
      const down = uniformInt(random, 0, 2 * padding) - padding;
      const right = uniformInt(random, 0, 2 * padding) - padding;
      const cropped = new Uint8Array(data.length);
      const firstColumn = Math.max(0, -right);
      const endColumn = Math.min(width, width - right);
      for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
        if (firstColumn >= endColumn) break;
        const from = ((y + down) * width + firstColumn + right) * channels;
        const to = ((y + down) * width + endColumn + right) * channels;
        cropped.set(data.subarray(from, to), (y * width + firstColumn) * channels);
      }
      return { data: cropped, height, width, channels };
    },
  };
}
