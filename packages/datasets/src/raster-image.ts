/** One image in memory: HWC pixels, each 0…255. */
export interface RasterImage {
  /** `height · width · channels` bytes, row by row, the channels of a pixel side by side. */
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Refuses an image whose sides are not positive integers or whose data does not hold exactly its pixels.
 *
 * @throws naming the sizes found.
 */
export function checkRasterImage(image: RasterImage): void {
  const { data, height, width, channels } = image;
  for (const [what, size] of Object.entries({ height, width, channels })) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`image: ${what} must be a positive integer, is ${size}`);
  }
  const expected = height * width * channels;
  if (data.length !== expected) {
    throw new RangeError(`image: ${height}×${width}×${channels} needs ${expected} bytes, has ${data.length}`);
  }
}
