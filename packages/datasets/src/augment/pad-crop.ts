import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { Augmentation } from '../augmentation.js';
import type { RasterImage } from '../raster-image.js';

/**
 * What surrounds an image before it is cropped: black, or the image itself, mirrored at its edges as often as needed, the outermost
 * pixels not repeated (… c b a b c …, the padding `reflect` of NumPy and PyTorch).
 */
export const surrounds = ['black', 'reflection'] as const;

export type Surround = (typeof surrounds)[number];

export interface PadCropOptions {
  /** Pixels added on each side before the crop. 4 by default. */
  readonly padding?: number;
  /** `black` by default. */
  readonly surround?: Surround;
}

/**
 * Surrounds the image and crops it to its old size at a random place: a shift by up to `padding` pixels each way.
 *
 * Draws two numbers: the row, then the column of the crop's corner.
 *
 * @throws if `padding` is not an integer ≥ 0, or if there is no such surround.
 */
export function padCrop({ padding = 4, surround = 'black' }: PadCropOptions = {}): Augmentation {
  if (!Number.isInteger(padding) || padding < 0) {
    throw new RangeError(`pad-crop: padding must be an integer ≥ 0, is ${padding}`);
  }
  if (!surrounds.includes(surround)) {
    throw new RangeError(
      `pad-crop: there is no surround ${JSON.stringify(surround)}; there are ${surrounds.join(' and ')}`,
    );
  }
  const crop = surround === 'black' ? cropFromBlack : cropFromReflection;
  return {
    name: 'pad-crop',
    apply(image, random) {
      const down = uniformInt(random, 0, 2 * padding) - padding;
      const right = uniformInt(random, 0, 2 * padding) - padding;
      return { ...image, data: crop(image, down, right) };
    },
  };
}

function cropFromBlack({ data, height, width, channels }: RasterImage, down: number, right: number): Uint8Array {
  const cropped = new Uint8Array(data.length);
  const firstColumn = Math.max(0, -right);
  const endColumn = Math.min(width, width - right);
  for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
    if (firstColumn >= endColumn) break;
    const from = ((y + down) * width + firstColumn + right) * channels;
    const to = ((y + down) * width + endColumn + right) * channels;
    cropped.set(data.subarray(from, to), (y * width + firstColumn) * channels);
  }
  return cropped;
}

function cropFromReflection({ data, height, width, channels }: RasterImage, down: number, right: number): Uint8Array {
  const cropped = new Uint8Array(data.length);
  const columns = Array.from({ length: width }, (_, x) => reflected(x + right, width) * channels);
  for (let y = 0; y < height; y++) {
    const row = reflected(y + down, height) * width * channels;
    columns.forEach((column, x) => {
      const to = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) cropped[to + channel] = data[row + column + channel] ?? 0;
    });
  }
  return cropped;
}

/** Where a place before, in or behind a row of `size` pixels lies in the row mirrored at its ends. */
function reflected(place: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const within = ((place % period) + period) % period;
  return within < size ? within : period - within;
}
