import type { RasterImage } from '../raster-image.js';

// Pillow computes in single precision: every product and sum is rounded to it, so that the levels come out the same.
const { fround } = Math;

/**
 * `start + factor · (image − start)`, level by level, towards zero to whole levels: a factor of 0 gives `start`, 1 the
 * image, more than 1 goes beyond it. Equals Pillow's `Image.blend`.
 */
function blendFrom(start: Uint8Array, image: RasterImage, factor: number): RasterImage {
  const single = fround(factor);
  const data = image.data.map((level, at) => {
    const from = start[at] ?? 0;
    return Math.trunc(Math.min(255, Math.max(0, fround(from + fround(single * (level - from))))));
  });
  return { ...image, data };
}

/**
 * Luma of each pixel, ITU-R BT.601 in 16-bit fixed point; a grey image is its own luma. Equals Pillow's `convert('L')`.
 *
 * @throws if the image is neither grey nor RGB.
 */
function luma({ data, channels }: RasterImage): Uint8Array {
  if (channels === 1) return data;
  if (channels !== 3) throw new RangeError(`luma: the image has ${channels} channels; it needs 1 (grey) or 3 (RGB)`);
  return Uint8Array.from({ length: data.length / 3 }, (_, pixel) => {
    const red = data[pixel * 3] ?? 0;
    const green = data[pixel * 3 + 1] ?? 0;
    const blue = data[pixel * 3 + 2] ?? 0;
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  });
}

/** Blends from black: 0 gives black, 1 the image. Equals Pillow's `ImageEnhance.Brightness`. */
export function adjustBrightness(image: RasterImage, factor: number): RasterImage {
  return blendFrom(new Uint8Array(image.data.length), image, factor);
}

/** Blends from the image's luma: 0 gives grey, 1 the image. Equals Pillow's `ImageEnhance.Color`. */
export function adjustColor(image: RasterImage, factor: number): RasterImage {
  const grey = luma(image);
  return blendFrom(
    image.data.map((_, at) => grey[Math.floor(at / image.channels)] ?? 0),
    image,
    factor,
  );
}

/** Blends from the mean of the image's luma, rounded. Equals Pillow's `ImageEnhance.Contrast`. */
export function adjustContrast(image: RasterImage, factor: number): RasterImage {
  const grey = luma(image);
  const mean = Math.floor(grey.reduce((sum, level) => sum + level, 0) / grey.length + 0.5);
  return blendFrom(new Uint8Array(image.data.length).fill(mean), image, factor);
}

/** Blends from a smoothed image: 0 gives that, 1 the image, 2 sharpens. Equals Pillow's `ImageEnhance.Sharpness`. */
export function adjustSharpness(image: RasterImage, factor: number): RasterImage {
  return blendFrom(smooth(image), image, factor);
}

const edgeWeight = fround(1 / 13);
const centreWeight = fround(5 / 13);

/** A 3 × 3 mean in which the centre counts five times; the outermost pixels stay. Equals Pillow's `ImageFilter.SMOOTH`. */
function smooth({ data, height, width, channels }: RasterImage): Uint8Array {
  const smoothed = data.slice();
  const row = width * channels;
  /** Three neighbours in a row, in the order in which Pillow adds them. */
  const weigh = (at: number, middleWeight: number): number =>
    fround(
      fround(fround((data[at - channels] ?? 0) * edgeWeight) + fround((data[at] ?? 0) * middleWeight)) +
        fround((data[at + channels] ?? 0) * edgeWeight),
    );
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * row + channels; at < (y + 1) * row - channels; at++) {
      let sum = fround(0.5 + weigh(at + row, edgeWeight));
      sum = fround(sum + weigh(at, centreWeight));
      smoothed[at] = Math.trunc(fround(sum + weigh(at - row, edgeWeight)));
    }
  }
  return smoothed;
}
