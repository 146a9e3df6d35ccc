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
  /** `[height, width]` of every image once prepared. */
  readonly imageSize: readonly [height: number, width: number];
  /** What else was in the set's folder. */
  readonly skipped: readonly SkippedFile[];
  /** As for `decodeImage`. */
  readonly mostPixels?: number | undefined;
  /** What is done to each image after decoding, such as resizing and cropping. */
  prepare(image: RasterImage): RasterImage;
}

/** Images decoded at the same time: enough to keep the decoder's threads busy without holding a whole batch of large ones. */
const decodedAtOnce = 8;

/**
 * A source of images in a file each, decoded to RGB when they are read.
 *
 * Reading rejects, naming the file, if one is missing, cannot be decoded or has another size than `imageSize` after `prepare`.
 */
export function fileSource({
  name,
  split,
  classNames,
  files,
  imageSize,
  prepare,
  skipped,
  mostPixels,
}: ImageFiles): ImageSource {
  const [height, width] = imageSize;
  const size = height * width * 3;
  let open = true;
  const source: ImageSource = {
    name,
    split,
    classNames,
    length: files.length,
    imageShape: [height, width, 3],
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
          const image = prepare(await decodeImage(file.path, { mostPixels }));
          if (image.height !== height || image.width !== width) {
            throw new Error(
              `${file.path}: is ${image.height}×${image.width}, not ${height}×${width} as the others; resize the set while opening it`,
            );
          }
          images.set(image.data, row * size);
          labels[row] = file.label;
        }
      };
      await Promise.all(Array.from({ length: decodedAtOnce }, work));
      return { images, shape: [indices.length, height, width, 3], labels, indices: Int32Array.from(indices) };
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
