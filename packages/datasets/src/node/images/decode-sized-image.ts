import type { ImageSize } from '../../boxes/box.js';
import type { RasterImage } from '../../raster-image.js';
import { decodeImage, type DecodeOptions } from './decode-image.js';

/**
 * Decodes an image whose boxes are in pixels of a size stated elsewhere.
 *
 * @throws (the promise rejects) naming the file if it cannot be decoded, or has another size.
 */
export async function decodeSizedImage(
  path: string,
  { height, width }: ImageSize,
  options: DecodeOptions,
): Promise<RasterImage> {
  const image = await decodeImage(path, options);
  if (image.height !== height || image.width !== width) {
    throw new Error(
      `${path}: has ${image.width}×${image.height} pixels, but its boxes are of an image of ${width}×${height}; fetch both again`,
    );
  }
  return image;
}
