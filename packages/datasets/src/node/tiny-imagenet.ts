import { join } from 'node:path';
import { shortName } from '@rheobase/network';
import type { ImageSource, SplitName } from '../image-source.js';
import type { SkippedFile } from '../skipped-file.js';
import { readLines } from './class-names.js';
import { type ImagePreparation, preparedSource } from './image-folder.js';
import { listImages } from './list-images.js';
import { pathInside } from './path-inside.js';

/** Where Tiny-ImageNet is and how to read it. */
export interface TinyImageNetOptions {
  /** The folder that holds `wnids.txt`, `words.txt`, `train` and `val`. */
  readonly folder: string;
  readonly split: Extract<SplitName, 'train' | 'validation'>;
  /**
   * What a label counts: `sorted` (the default) numbers the ids as they sort, which is what networks trained through folder readers saw;
   * `wnids` numbers the lines of `wnids.txt`.
   */
  readonly classOrder?: 'sorted' | 'wnids';
  /** Without it the images stay as they are, 64×64 in the original set; all must have one size. */
  readonly preparation?: ImagePreparation;
  /** Refuses images of more pixels; default: 2²⁶. */
  readonly mostPixels?: number;
}

/** The lines of a file that must be there. */
async function requireLines(path: string): Promise<readonly string[]> {
  const lines = await readLines(path);
  if (!lines) throw new Error(`${path}: no such file; it belongs to Tiny-ImageNet (tiny-imagenet-200.zip)`);
  return lines;
}

interface Files {
  readonly files: readonly { readonly path: string; readonly label: number }[];
  readonly skipped: readonly SkippedFile[];
}

async function trainingFiles(folder: string, wnids: readonly string[]): Promise<Files> {
  const files: { readonly path: string; readonly label: number }[] = [];
  const skipped: SkippedFile[] = [];
  for (const [label, wnid] of wnids.entries()) {
    const own = pathInside(
      join(folder, 'train'),
      wnid,
      (reason) => new Error(`${join(folder, 'wnids.txt')}: ${reason}`),
    );
    const advice = `wnids.txt names ${wnid}, so its training images should be there`;
    const found = await listImages(join(own, 'images'), advice);
    for (const path of found.files) files.push({ path, label });
    skipped.push(...found.skipped);
  }
  return { files, skipped };
}

/** `val_annotations.txt` has a line for each image: file, id and a box, parted by tabs. */
async function validationFiles(folder: string, wnids: readonly string[]): Promise<Files> {
  const annotations = join(folder, 'val', 'val_annotations.txt');
  const labelOf = new Map(wnids.map((wnid, label) => [wnid, label] as const));
  const files = (await requireLines(annotations)).map((line, k) => {
    const [image = '', wnid = ''] = line.split('\t');
    const where = `${annotations}: line ${k + 1}`;
    const label = labelOf.get(wnid);
    if (label === undefined)
      throw new Error(
        `${where} gives '${shortName(image)}' the class '${shortName(wnid)}', which wnids.txt does not name`,
      );
    const path = pathInside(join(folder, 'val', 'images'), image, (reason) => new Error(`${where}: ${reason}`));
    return { path, label };
  });
  return { files, skipped: [] };
}

/**
 * Tiny-ImageNet: `train/<wnid>/images/*.JPEG`, and `val/images/*.JPEG` with `val/val_annotations.txt`. Class names are the words of
 * `words.txt`, or the ids where it is missing. Validation images come in the order of their annotations.
 *
 * @throws (the promise rejects) naming the file, and the line where there is one, if one is missing or disagrees with `wnids.txt`.
 * An image that is missing or cannot be decoded is reported when it is read.
 */
export async function openTinyImageNet({
  folder,
  split,
  classOrder = 'sorted',
  preparation,
  mostPixels,
}: TinyImageNetOptions): Promise<ImageSource> {
  const listed = await requireLines(join(folder, 'wnids.txt'));
  const wnids = classOrder === 'sorted' ? listed.toSorted() : listed;
  const words = new Map(
    ((await readLines(join(folder, 'words.txt'))) ?? []).map((line) => {
      const [wnid = '', name = ''] = line.split('\t');
      return [wnid, name] as const;
    }),
  );
  return preparedSource(
    {
      name: 'tiny-imagenet',
      split,
      classNames: wnids.map((wnid) => words.get(wnid) ?? wnid),
      mostPixels,
      ...(await (split === 'train' ? trainingFiles : validationFiles)(folder, wnids)),
    },
    preparation,
    folder,
  );
}
