import type { RasterImage } from './raster-image.js';

/** An RGB image in grey, one channel, bit for bit as Pillow's `convert('L')` makes it (ITU-R 601-2 luma in 16 bits); a grey one stays as it is. */
export function greyImage(image: RasterImage): RasterImage {
  if (image.channels === 1) return image;
  const { data, height, width, channels } = image;
  const grey = new Uint8Array(height * width);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += channels) {
    const [red = 0, green = 0, blue = 0] = [data[from], data[from + 1], data[from + 2]];
    grey[at] = (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16;
  }
  return { data: grey, height, width, channels: 1 };
}
