import { checkIndices, checkOpen, type ImageSource, type SplitName } from '../image-source.js';
import type { RasterImage } from '../raster-image.js';
import type { SkippedFile } from '../skipped-file.js';
import { fileFingerprint } from './file-fingerprint.js';
import { decodeImage } from './images/decode-image.js';

/** Image files as {@link fileSource} reads them. */
export interface ImageFiles {
  readonly name: string;
  readonly split: SplitName;
  readonly classNames: readonly string[];
  readonly files: readonly { readonly path: string; readonly label: number }[];
  /** Of every image once prepared. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** What else was in the set's folder. */
  readonly skipped: readonly SkippedFile[];
  /** As for `decodeImage`. */
  readonly mostPixels?: number | undefined;
  /**
   * What is done to each image after decoding, such as resizing and cropping.
   *
   * @throws saying why an image cannot be prepared; the file is named around it.
   */
  prepare(image: RasterImage): RasterImage;
}

/** Images decoded at the same time: enough to keep the decoder's threads busy without holding a whole batch of large ones. */
const decodedAtOnce = 8;

/**
 * A source of images in a file each, decoded when they are read.
 *
 * Reading rejects, naming the file, if one is missing, cannot be decoded or cannot be prepared or has another shape than `imageShape` after it.
 */
export function fileSource({
  name,
  split,
  classNames,
  files,
  imageShape,
  prepare,
  skipped,
  mostPixels,
}: ImageFiles): ImageSource {
  const [height, width, channels] = imageShape;
  const size = height * width * channels;
  let open = true;
  const preparedFrom = (path: string, image: RasterImage): RasterImage => {
    try {
      return prepare(image);
    } catch (cause) {
      throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  };
  const source: ImageSource = {
    name,
    split,
    classNames,
    length: files.length,
    imageShape,
    skipped,
    async read(indices) {
      checkOpen(source, open);
      checkIndices(source, indices);
      const images = new Uint8Array(indices.length * size);
      const labels = new Int32Array(indices.length);
      const rows = indices.entries();
      const work = async (): Promise<void> => {
        // All workers draw from one iterator, so each row is taken once.
        for (const [row, index] of rows) {
          const file = files[index];
          if (!file) continue;
          const image = preparedFrom(file.path, await decodeImage(file.path, { mostPixels }));
          if (image.height !== height || image.width !== width) {
            throw new Error(
              `${file.path}: is ${image.height}×${image.width}, not ${height}×${width} as the others; resize the images, as by --size or a preparation`,
            );
          }
          images.set(image.data, row * size);
          labels[row] = file.label;
        }
      };
      await Promise.all(Array.from({ length: decodedAtOnce }, work));
      return { images, shape: [indices.length, height, width, channels], labels, indices: Int32Array.from(indices) };
    },
    async labels() {
      checkOpen(source, open);
      return Int32Array.from(files, ({ label }) => label);
    },
    async fingerprint(index) {
      checkIndices(source, [index]);
      return fileFingerprint(files[index]?.path ?? '');
    },
    async close() {
      open = false;
    },
  };
  return source;
}
