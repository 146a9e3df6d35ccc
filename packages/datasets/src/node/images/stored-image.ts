/** An image of a format that is decoded here, by the header of its file. */
export interface StoredImage {
  readonly height: number;
  readonly width: number;
  /** Bytes of the file that hold the image: no more are read. */
  readonly bytes: number;
  /**
   * RGB pixels, `height · width · 3`.
   *
   * @param file the file, up to `bytes`
   * @throws if the file ends too early or is damaged.
   */
  decode(file: Uint8Array): Uint8Array;
}

/** @throws if a side is not a positive integer. */
export function checkSides({ height, width }: Pick<StoredImage, 'height' | 'width'>): void {
  if (!(Number.isSafeInteger(height) && Number.isSafeInteger(width) && height >= 1 && width >= 1)) {
    throw new Error(`its header says ${width}×${height} pixels`);
  }
}

/** @throws if a file is shorter than its header promises. */
export function checkLength(file: Uint8Array, wanted: number): void {
  if (file.length < wanted) throw new Error(`it ends after ${file.length} of ${wanted} bytes`);
}
