import { checkRasterImage, type RasterImage } from '../raster-image.js';
import { type ResizeFilter, resize } from '../resize.js';
import { sampleBilinear } from '../sample-bilinear.js';
import type { Box, ImageSize } from './box.js';

/** How an image is brought to a network's size. */
export interface ImageFit {
  /** `letterbox`: proportions kept, the rest filled with grey. `stretch`: height and width each by their own factor. */
  readonly shape: 'letterbox' | 'stretch';
  /** `bilinear` and `bicubic` smooth where they shrink (Pillow); `sampled` is bilinear without smoothing (OpenCV's `INTER_LINEAR`). */
  readonly filter: ResizeFilter | 'sampled';
  /** The grey around a letterboxed image, 0…255; default: 114. */
  readonly fill?: number;
}

/** Where an image lies in a network's input: `x′ = x · scaleX + offsetX`, and so for y. */
export interface Placement {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

/** Where an image of one size comes to lie in one of another. */
export function placementOf(from: ImageSize, to: ImageSize, shape: ImageFit['shape']): Placement {
  if (shape === 'stretch') {
    return { scaleX: to.width / from.width, scaleY: to.height / from.height, offsetX: 0, offsetY: 0 };
  }
  const scale = Math.min(to.width / from.width, to.height / from.height);
  // Whole pixels, as an image is resized to; the factors follow from them, so that boxes and pixels agree.
  const width = Math.max(1, Math.floor(from.width * scale + 0.5));
  const height = Math.max(1, Math.floor(from.height * scale + 0.5));
  return {
    scaleX: width / from.width,
    scaleY: height / from.height,
    offsetX: Math.floor((to.width - width) / 2),
    offsetY: Math.floor((to.height - height) / 2),
  };
}

/**
 * An image brought to a size, and where it lies in it.
 *
 * @throws if the image is ill-shaped, a side is not a positive integer, or the fill is not a level.
 */
export function fitImage(
  image: RasterImage,
  to: ImageSize,
  { shape, filter, fill = 114 }: ImageFit,
): { readonly image: RasterImage; readonly placement: Placement } {
  checkRasterImage(image);
  if (!Number.isInteger(fill) || fill < 0 || fill > 255)
    throw new RangeError(`fill must be an integer 0…255, is ${fill}`);
  const placement = placementOf(image, to, shape);
  const { scaleX, scaleY, offsetX, offsetY } = placement;
  const size = { width: Math.round(image.width * scaleX), height: Math.round(image.height * scaleY) };
  const resized = filter === 'sampled' ? sampleBilinear(image, size) : resize(image, { ...size, filter });
  if (size.width === to.width && size.height === to.height) return { image: resized, placement };
  const { channels } = image;
  const data = new Uint8Array(to.height * to.width * channels).fill(fill);
  for (let row = 0; row < size.height; row += 1) {
    const line = resized.data.subarray(row * size.width * channels, (row + 1) * size.width * channels);
    data.set(line, ((row + offsetY) * to.width + offsetX) * channels);
  }
  return { image: { data, height: to.height, width: to.width, channels }, placement };
}

/** A box of a network's input, in pixels of the image that was placed in it. */
export function unplace({ left, top, right, bottom }: Box, { scaleX, scaleY, offsetX, offsetY }: Placement): Box {
  return {
    left: (left - offsetX) / scaleX,
    top: (top - offsetY) / scaleY,
    right: (right - offsetX) / scaleX,
    bottom: (bottom - offsetY) / scaleY,
  };
}
