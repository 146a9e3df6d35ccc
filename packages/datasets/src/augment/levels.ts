import type { RasterImage } from '../raster-image.js';

/** The image with each level of each channel replaced by what `replacement` gives for it. */
function mapLevels(image: RasterImage, replacement: (channel: number) => ArrayLike<number>): RasterImage {
  const { channels } = image;
  const data = new Uint8Array(image.data.length);
  for (let channel = 0; channel < channels; channel++) {
    const table = replacement(channel);
    for (let at = channel; at < data.length; at += channels) data[at] = table[image.data[at] ?? 0] ?? 0;
  }
  return { ...image, data };
}

/** A table of 256 levels. */
function levelTable(levelOf: (level: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, level) => levelOf(level));
}

const unchanged = levelTable((level) => level);

/** How often each level occurs in one channel. */
function histogram({ data, channels }: RasterImage, channel: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let at = channel; at < data.length; at += channels) {
    const level = data[at] ?? 0;
    counts[level] = (counts[level] ?? 0) + 1;
  }
  return counts;
}

/** Each level v becomes 255 − v. Equals Pillow's `ImageOps.invert`. */
export function invert(image: RasterImage): RasterImage {
  const table = levelTable((level) => 255 - level);
  return mapLevels(image, () => table);
}

/** Levels from `threshold` on are inverted, so that 256 changes nothing. Equals Pillow's `ImageOps.solarize`. */
export function solarize(image: RasterImage, threshold: number): RasterImage {
  const table = levelTable((level) => (level < threshold ? level : 255 - level));
  return mapLevels(image, () => table);
}

/**
 * Keeps the upper `bits` bits of each level, 0…8, so that 8 changes nothing. Equals Pillow's `ImageOps.posterize`.
 */
export function posterize(image: RasterImage, bits: number): RasterImage {
  const kept = 0xff & ~(2 ** (8 - bits) - 1);
  const table = levelTable((level) => level & kept);
  return mapLevels(image, () => table);
}

/**
 * Stretches each channel so that its darkest level becomes 0 and its lightest 255; a channel of one level stays. Equals Pillow's
 * `ImageOps.autocontrast` without cut-off.
 */
export function autoContrast(image: RasterImage): RasterImage {
  return mapLevels(image, (channel) => {
    const counts = histogram(image, channel);
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    if (high <= low) return unchanged;
    const scale = 255 / (high - low);
    const offset = -low * scale;
    return levelTable((level) => Math.trunc(Math.min(255, Math.max(0, level * scale + offset))));
  });
}

/**
 * Flattens the histogram of each channel: a level becomes the fraction of pixels darker than it, on the scale 0…255. A channel of one level,
 * or with hardly any pixels except those of its lightest level, is unchanged. Equals Pillow's `ImageOps.equalize`.
 */
export function equalize(image: RasterImage): RasterImage {
  return mapLevels(image, (channel) => {
    const counts = histogram(image, channel);
    const total = image.height * image.width;
    const lightest = counts.findLast((count) => count > 0) ?? 0;
    // With a single level the lightest holds all pixels, and the step is 0 too.
    const step = Math.floor((total - lightest) / 255);
    if (step === 0) return unchanged;
    let darker = Math.floor(step / 2);
    return levelTable((level) => {
      const share = Math.floor(darker / step);
      darker += counts[level] ?? 0;
      return Math.min(255, share);
    });
  });
}
