import { join } from 'node:path';
import type { ImageSource, SplitName } from '../image-source.js';
import { type IdxFile, openIdx } from './idx.js';
import { recordSource } from './record-source.js';

/** Where a set in MNIST's form is and which part of it to open. */
export interface MnistOptions {
  /** The folder with the IDX files, packed with gzip or not. */
  readonly folder: string;
  readonly split: Extract<SplitName, 'train' | 'test'>;
}

const side = 28;
const mostImages = 1_000_000;

const digitNames: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const garmentNames: readonly string[] = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

async function readLabels(idx: IdxFile, classCount: number): Promise<Int32Array> {
  const [count = 0] = idx.dimensions;
  const labels = Int32Array.from(await idx.bytes.read(idx.headerBytes, count));
  labels.forEach((label, k) => {
    if (label >= classCount) {
      throw new Error(
        `${idx.bytes.path}: label ${label} at byte ${idx.headerBytes + k} is out of range; there are ${classCount} classes, ` +
          `0…${classCount - 1}. The file is damaged or of another set`,
      );
    }
  });
  return labels;
}

async function openInMnistForm(
  name: string,
  classNames: readonly string[],
  { folder, split }: MnistOptions,
): Promise<ImageSource> {
  const stem = split === 'train' ? 'train' : 't10k';
  const labelFile = await openIdx(join(folder, `${stem}-labels-idx1-ubyte`), 1, [mostImages]);
  let labels: Int32Array;
  try {
    labels = await readLabels(labelFile, classNames.length);
  } finally {
    await labelFile.bytes.close();
  }
  const images = await openIdx(join(folder, `${stem}-images-idx3-ubyte`), 3, [mostImages, 65_535, 65_535]);
  try {
    const [count = 0, height, width] = images.dimensions;
    if (height !== side || width !== side) {
      throw new Error(
        `${images.bytes.path}: bytes 8…15 say images of ${height}×${width}, not ${side}×${side}: another set`,
      );
    }
    if (count !== labels.length) {
      throw new Error(
        `${images.bytes.path} holds ${count} images (byte 4) but ${labelFile.bytes.path} ${labels.length} labels: they do not belong together`,
      );
    }
    return recordSource({
      name,
      split,
      classNames,
      imageShape: [side, side, 1],
      layout: { headerBytes: images.headerBytes, recordBytes: side * side, pixelsAt: 0, pixels: 'interleaved' },
      files: [{ file: images.bytes, records: count }],
      labels,
    });
  } catch (error) {
    await images.bytes.close();
    throw error;
  }
}

/**
 * MNIST (LeCun et al. 1998): digits, 28×28 grey (`[28, 28, 1]`), in IDX files such as `train-images-idx3-ubyte.gz`, packed or not.
 *
 * Labels are read at once. Images are read by position from plain files; packed ones are unpacked into memory at the first reading.
 *
 * @throws (the promise rejects) naming the file, and the byte where there is one, if a file is missing, is no such IDX file, has images of
 * another size or labels out of range, or if images and labels differ in number.
 */
export async function openMnist(options: MnistOptions): Promise<ImageSource> {
  return openInMnistForm('mnist', digitNames, options);
}

/**
 * Fashion-MNIST (Xiao et al. 2017): garments in the form of MNIST.
 *
 * @throws as {@link openMnist} does.
 */
export async function openFashionMnist(options: MnistOptions): Promise<ImageSource> {
  return openInMnistForm('fashion-mnist', garmentNames, options);
}
