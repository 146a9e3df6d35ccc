import { checkIndices, checkOpen, type SplitName } from '../image-source.js';
import type { RasterImage } from '../raster-image.js';
import type { ImageSize, LabelledBox } from './box.js';
import type { Finding } from './finding.js';

/** What a set says about one image. */
export interface BoxAnnotation {
  /** Its name in the set: a file's name, or a number. */
  readonly id: string;
  readonly size: ImageSize;
  /** In the set's order; every box lies in the image and has an area. */
  readonly objects: readonly LabelledBox[];
}

/** An image, RGB, and what is in it. */
export interface BoxedImage extends BoxAnnotation {
  readonly image: RasterImage;
}

/**
 * A set of images with boxes. Images keep their sizes; {@link boxBatches} brings them to one.
 *
 * A source is immutable: the same index gives the same image and the same boxes at every reading. Boxes are known once it is open, pixels are
 * read when they are asked for.
 */
export interface BoxSource {
  /** The set's registered name, such as `coco`. */
  readonly name: string;
  readonly split: SplitName;
  /** Name of each class; a box's label is an index into it. */
  readonly classNames: readonly string[];
  /** How many images there are. */
  readonly length: number;
  /** What was wrong in the set and how it was fixed. Faults that cannot be fixed are errors when opening. */
  readonly findings: readonly Finding[];
  /**
   * The boxes of an image, without its pixels.
   *
   * @throws if the index is not an integer in 0…length − 1.
   */
  annotation(index: number): BoxAnnotation;
  /**
   * @throws (the promise rejects) if the index is not an integer in 0…length − 1, or naming the file if the image is damaged or not
   * of the size that the set says.
   */
  read(index: number): Promise<BoxedImage>;
  /**
   * Identifies a stored image without decoding it: the SHA-256 of its file, or the parameters that a procedural one is drawn from. Runs
   * record their images by it. If absent, the pixels identify the image.
   *
   * @throws (the promise rejects) if the index is not an integer in 0…length − 1, or naming the file if it cannot be read.
   */
  fingerprint?(index: number): Promise<string>;
  /** Frees what the source holds. A closed source refuses to read. Closing twice is harmless. */
  close(): Promise<void>;
}

/** A source of annotations that are in memory and pixels that are fetched. */
export function annotatedSource({
  name,
  split,
  classNames,
  findings,
  annotations,
  pixels,
  fingerprint,
}: {
  readonly name: string;
  readonly split: SplitName;
  readonly classNames: readonly string[];
  readonly findings: readonly Finding[];
  readonly annotations: readonly BoxAnnotation[];
  readonly pixels: (index: number, annotation: BoxAnnotation) => Promise<RasterImage>;
  readonly fingerprint?: ((index: number, annotation: BoxAnnotation) => Promise<string>) | undefined;
}): BoxSource {
  let open = true;
  const annotation = (index: number): BoxAnnotation => {
    checkIndices(source, [index]);
    const found = annotations[index];
    if (found === undefined) throw new RangeError(`${name} (${split}): no image ${index}`);
    return found;
  };
  const source: BoxSource = {
    name,
    split,
    classNames,
    length: annotations.length,
    findings,
    annotation,
    async read(index) {
      checkOpen(source, open);
      const found = annotation(index);
      return { ...found, image: await pixels(index, found) };
    },
    ...(fingerprint && { fingerprint: async (index: number) => fingerprint(index, annotation(index)) }),
    async close() {
      open = false;
    },
  };
  return source;
}

/**
 * The images of a source at `indices`, in that order, renumbered from 0. The underlying source is borrowed: closing the subset
 * leaves it open.
 *
 * @throws if an index is out of range.
 */
export function boxSubset(source: BoxSource, indices: readonly number[]): BoxSource {
  checkIndices(source, indices);
  const { name, split, classNames } = source;
  const ids = new Set(indices.map((index) => source.annotation(index).id));
  const part = annotatedSource({
    name,
    split,
    classNames,
    findings: source.findings.filter(({ image }) => ids.has(image)),
    annotations: indices.map((index) => source.annotation(index)),
    pixels: async (position) => (await source.read(indices[position] ?? -1)).image,
    fingerprint: source.fingerprint && (async (position) => source.fingerprint?.(indices[position] ?? -1) ?? ''),
  });
  return part;
}
