import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ImageSource, SplitName } from '../image-source.js';
import { type ByteFile, isMissing, openByteFile } from './byte-file.js';
import { cifar100CoarseNames, cifar100FineNames, cifar10Names } from './cifar-names.js';
import { classNamesFrom } from './class-names.js';
import { recordSource } from './record-source.js';

const pixelBytes = 32 * 32 * 3;

/** Where a CIFAR set is and which part of it to open. */
export interface CifarOptions {
  /** The folder with the `.bin` files: `cifar-10-batches-bin` or `cifar-100-binary`. */
  readonly folder: string;
  readonly split: Extract<SplitName, 'train' | 'test'>;
}

/** The files of a folder. */
async function namesIn(folder: string, fileWanted: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (!isMissing(cause)) throw new Error(`${folder}: cannot be read`, { cause });
    throw new Error(
      `${folder}: no such folder; it should hold ${fileWanted}. Give as data folder the one that holds ${basename(folder)}, or download the set`,
      { cause },
    );
  }
}

async function openRecordFiles(
  paths: readonly string[],
  recordBytes: number,
  advice: string,
): Promise<readonly { readonly file: ByteFile; readonly records: number }[]> {
  const opened: ByteFile[] = [];
  try {
    for (const path of paths) {
      const file = await openByteFile(path, advice);
      opened.push(file);
      const cut = file.size % recordBytes;
      if (file.size === 0) throw new Error(`${path}: is empty; fetch it again`);
      if (cut !== 0) {
        throw new Error(
          `${path}: its ${file.size} bytes are not a multiple of the ${recordBytes} bytes of a record; ` +
            `the record at byte ${file.size - cut} is cut off after ${cut}. Fetch the file again`,
        );
      }
    }
  } catch (error) {
    await Promise.all(opened.map((file) => file.close()));
    throw error;
  }
  return opened.map((file) => ({ file, records: file.size / recordBytes }));
}

/**
 * CIFAR-10 (Krizhevsky 2009) in its official binary form: records of 3,073 bytes, the label and then 1,024 bytes each of red, green and
 * blue. The training split is made of whichever of `data_batch_1.bin` … `data_batch_5.bin` are there, in that order; the test split is
 * `test_batch.bin`. Class names come from `batches.meta.txt` if it is there.
 *
 * @throws (the promise rejects) naming the file, and the byte where there is one, if a file is missing or does not hold an integer number of
 * records. A label out of range is reported when it is read.
 */
export async function openCifar10({ folder, split }: CifarOptions): Promise<ImageSource> {
  const advice = 'it belongs to the official binary version of CIFAR-10 (cifar-10-binary.tar.gz)';
  const found = await namesIn(folder, split === 'test' ? 'test_batch.bin' : 'data_batch_1.bin …');
  const names =
    split === 'test' ? ['test_batch.bin'] : found.filter((name) => /^data_batch_[1-5]\.bin$/.test(name)).toSorted();
  if (names.length === 0)
    throw new Error(
      `${folder}: holds none of data_batch_1.bin … data_batch_5.bin; ${advice.replace('it belongs', 'they belong')}`,
    );
  const classNames = await classNamesFrom(join(folder, 'batches.meta.txt'), cifar10Names);
  const recordBytes = 1 + pixelBytes;
  return recordSource({
    name: 'cifar10',
    split,
    classNames,
    imageShape: [32, 32, 3],
    layout: { headerBytes: 0, recordBytes, pixelsAt: 1, pixels: 'planes' },
    files: await openRecordFiles(
      names.map((name) => join(folder, name)),
      recordBytes,
      advice,
    ),
    labels: { at: 0 },
  });
}

/**
 * CIFAR-100 (Krizhevsky 2009) in its official binary form: records of 3,074 bytes, coarse label, fine label, pixels. The splits are
 * `train.bin` and `test.bin`; class names come from `fine_label_names.txt` and `coarse_label_names.txt` if they are there.
 *
 * @throws as {@link openCifar10} does.
 */
export async function openCifar100({
  folder,
  split,
  classes = 'fine',
}: CifarOptions & {
  /** Which labels to give: the 100 classes (`fine`, the default) or the 20 superclasses (`coarse`). */
  readonly classes?: 'fine' | 'coarse';
}): Promise<ImageSource> {
  await namesIn(folder, `${split}.bin`);
  const classNames = await classNamesFrom(
    join(folder, `${classes}_label_names.txt`),
    classes === 'fine' ? cifar100FineNames : cifar100CoarseNames,
  );
  const recordBytes = 2 + pixelBytes;
  return recordSource({
    name: classes === 'fine' ? 'cifar100' : 'cifar100-coarse',
    split,
    classNames,
    imageShape: [32, 32, 3],
    layout: { headerBytes: 0, recordBytes, pixelsAt: 2, pixels: 'planes' },
    files: await openRecordFiles(
      [join(folder, `${split}.bin`)],
      recordBytes,
      'it belongs to the official binary version of CIFAR-100 (cifar-100-binary.tar.gz)',
    ),
    labels: { at: classes === 'fine' ? 1 : 0 },
  });
}
