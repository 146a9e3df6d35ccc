import { checkIndices, checkOpen, type ImageSource, type SplitName } from './image-source.js';

/** What {@link inMemory} makes a source of. */
export interface InMemoryImages {
  readonly name: string;
  readonly split: SplitName;
  readonly classNames: readonly string[];
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** NHWC pixels, 0…255; not copied, so leave them as they are. */
  readonly images: Uint8Array;
  /** Class of each image, each 0…classNames.length − 1. */
  readonly labels: ArrayLike<number>;
}

/**
 * A source of images that are in memory already.
 *
 * @throws if the pixels are not exactly those of `labels.length` images, or if a label is out of range.
 */
export function inMemory({ name, split, classNames, imageShape, images, labels }: InMemoryImages): ImageSource {
  const [height, width, channels] = imageShape;
  const size = height * width * channels;
  const count = labels.length;
  if (images.length !== count * size) {
    throw new RangeError(
      `${name}: ${count} labels and images of ${height}×${width}×${channels} need ${count * size} bytes, there are ${images.length}`,
    );
  }
  const classes = Int32Array.from(labels);
  classes.forEach((_, index) => {
    const label = labels[index] ?? Number.NaN;
    if (!Number.isInteger(label) || label < 0 || label >= classNames.length) {
      throw new RangeError(`${name}: image ${index} has label ${label}; classes are 0…${classNames.length - 1}`);
    }
  });
  let open = true;
  const source: ImageSource = {
    name,
    split,
    classNames,
    length: count,
    imageShape,
    async read(indices) {
      checkOpen(source, open);
      checkIndices(source, indices);
      const chosen = new Uint8Array(indices.length * size);
      indices.forEach((index, k) => chosen.set(images.subarray(index * size, (index + 1) * size), k * size));
      return {
        images: chosen,
        shape: [indices.length, height, width, channels],
        labels: Int32Array.from(indices, (index) => classes[index] ?? 0),
        indices: Int32Array.from(indices),
      };
    },
    async labels() {
      checkOpen(source, open);
      return classes.slice();
    },
    async close() {
      open = false;
    },
  };
  return source;
}
