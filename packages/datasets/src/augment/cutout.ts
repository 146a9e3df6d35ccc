import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { Augmentation } from '../augmentation.js';
import { checkFill, cifar10Fill, type Fill, fillOfChannels } from './fill.js';

export interface CutoutOptions {
  /** Side of the square, in pixels. 16 by default. */
  readonly size?: number;
  /** What the square is filled with. CIFAR-10's mean by default; {@link meanPixel} gives that of another set. */
  readonly fill?: Fill;
}

/**
 * Hides a square whose centre is uniform over the image's pixels; what lies outside the image is clipped, so that less than the whole
 * square may be hidden (DeVries & Taylor 2017, arXiv:1708.04552, §3).
 *
 * Its authors hide by zeros after normalization, that is by the data set's mean. Here images are still bytes, so the mean
 * is given as `fill`; rounding it to a level puts it within half a level of zero after normalization. The square spans
 * ⌊size/2⌋ pixels before its centre and as many from it on, as theirs does: an odd size hides one row and column less.
 *
 * Draws two numbers: the centre's row, then its column.
 *
 * @throws if `size` is not an integer ≥ 2, if the fill holds no bytes, and on applying, if it does not match the image's channels.
 */
export function cutout({ size = 16, fill = cifar10Fill }: CutoutOptions = {}): Augmentation {
  if (!Number.isInteger(size) || size < 2) throw new RangeError(`cutout: size must be an integer ≥ 2, is ${size}`);
  checkFill('cutout', fill);
  const half = Math.floor(size / 2);
  return {
    name: 'cutout',
    apply({ data, height, width, channels }, random) {
      const pixel = fillOfChannels('cutout', fill, channels);
      const centreY = uniformInt(random, 0, height - 1);
      const centreX = uniformInt(random, 0, width - 1);
      const hidden = data.slice();
      for (let y = Math.max(0, centreY - half); y < Math.min(height, centreY + half); y++) {
        for (let x = Math.max(0, centreX - half); x < Math.min(width, centreX + half); x++) {
          hidden.set(pixel, (y * width + x) * channels);
        }
      }
      return { data: hidden, height, width, channels };
    },
  };
}
