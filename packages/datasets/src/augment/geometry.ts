import type { RasterImage } from '../raster-image.js';
import { type Fill, fillOfChannels } from './fill.js';

/**
 * Where in the source the pixel at (x, y) comes from: `(a·x + b·y + c, d·x + e·y + f)`, with pixel centres at halves.
 */
type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** A coordinate in 16.16 fixed point. */
function fixed(value: number): number {
  return Math.floor(value * 65536 + 0.5);
}

/**
 * The image seen through an affine map, nearest neighbour, with `fill` for what lies outside. Coordinates are 16.16 fixed point and
 * summed along rows, as Pillow's `Image.transform` sums them; equal to it for images below 32768 pixels a side.
 */
function transform(name: string, image: RasterImage, map: AffineMap, fill: Fill): RasterImage {
  const { data, height, width, channels } = image;
  const outside = fillOfChannels(name, fill, channels);
  const [a, b, c, d, e, f] = map;
  const [stepX, stepY] = [fixed(a), fixed(d)];
  const [rowStepX, rowStepY] = [fixed(b), fixed(e)];
  let rowX = fixed(c + a * 0.5 + b * 0.5);
  let rowY = fixed(f + d * 0.5 + e * 0.5);
  const moved = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    let [sourceX, sourceY] = [rowX, rowY];
    for (let x = 0; x < width; x++) {
      const column = Math.floor(sourceX / 65536);
      const row = Math.floor(sourceY / 65536);
      const at = (y * width + x) * channels;
      const from = (row * width + column) * channels;
      const inside = column >= 0 && column < width && row >= 0 && row < height;
      for (let channel = 0; channel < channels; channel++) {
        moved[at + channel] = (inside ? data[from + channel] : outside[channel]) ?? 0;
      }
      sourceX += stepX;
      sourceY += stepY;
    }
    rowX += rowStepX;
    rowY += rowStepY;
  }
  return { ...image, data: moved };
}

/** Shears along x about the top left corner: the pixel at (x, y) comes from (x + slope·y, y). */
export function shearX(image: RasterImage, slope: number, fill: Fill): RasterImage {
  return transform('shear-x', image, [1, slope, 0, 0, 1, 0], fill);
}

/** Shears along y about the top left corner: the pixel at (x, y) comes from (x, y + slope·x). */
export function shearY(image: RasterImage, slope: number, fill: Fill): RasterImage {
  return transform('shear-y', image, [1, 0, 0, slope, 1, 0], fill);
}

/** Moves the image right by an integer number of pixels, left if it is negative. */
export function translateX(image: RasterImage, pixels: number, fill: Fill): RasterImage {
  return transform('translate-x', image, [1, 0, -pixels, 0, 1, 0], fill);
}

/** Moves the image down by an integer number of pixels, up if it is negative. */
export function translateY(image: RasterImage, pixels: number, fill: Fill): RasterImage {
  return transform('translate-y', image, [1, 0, 0, 0, 1, -pixels], fill);
}

/** Turns the image about its centre, counter-clockwise, by degrees. Equals Pillow's `Image.rotate` but for multiples of a quarter turn. */
export function rotate(image: RasterImage, degrees: number, fill: Fill): RasterImage {
  const radians = (-degrees * Math.PI) / 180;
  const cosine = Math.cos(radians);
  const sine = Math.sin(radians);
  const centreX = image.width / 2;
  const centreY = image.height / 2;
  const originX = centreX - cosine * centreX - sine * centreY;
  const originY = centreY + sine * centreX - cosine * centreY;
  return transform('rotate', image, [cosine, sine, originX, -sine, cosine, originY], fill);
}
