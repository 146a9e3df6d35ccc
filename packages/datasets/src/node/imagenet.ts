import { join } from 'node:path';
import type { ImageSource, SplitName } from '../image-source.js';
import { readLines } from './class-names.js';
import { type ImagePreparation, openImageFolder } from './image-folder.js';

/** Where ImageNet is, which part of it to open, and at which size. */
export interface ImageNetOptions {
  /** The folder that holds `train` or `val`, in them a folder for each class named by its WordNet id. */
  readonly folder: string;
  readonly split: Extract<SplitName, 'train' | 'validation'>;
  /** By default the shorter side to 256 and the middle 224×224, bilinear. */
  readonly preparation?: ImagePreparation;
  /** Refuses images of more pixels; default: 2²⁶. */
  readonly mostPixels?: number;
}

const wnidFile = 'imagenet1000_wnids.txt';

/**
 * The classes of ImageNet by label from a file of lines `n01440764 tench`.
 *
 * @throws naming file and line if one is not of that form or repeats an id.
 */
function parseWnids(
  path: string,
  lines: readonly string[],
): readonly { readonly folder: string; readonly name: string }[] {
  const seen = new Set<string>();
  return lines.map((line, k) => {
    const [wnid = '', name = wnid] = line.split(/\s+/, 2);
    if (!/^n\d{8}$/.test(wnid))
      throw new Error(`${path}: line ${k + 1} is '${line}'; it should be like 'n01440764 tench'`);
    if (seen.has(wnid)) throw new Error(`${path}: line ${k + 1} names ${wnid} a second time`);
    seen.add(wnid);
    return { folder: wnid, name };
  });
}

/**
 * ImageNet (ILSVRC 2012) as folders `train/<wnid>/*.JPEG` and `val/<wnid>/*.JPEG`, resized and cropped as torchvision does for evaluation.
 *
 * A label is a class's line in `imagenet1000_wnids.txt` next to the split folders, so that a subset of the classes still has the labels of all
 * thousand. Without that file the class folders are numbered as they sort, which is the same order where all are there.
 *
 * @throws (the promise rejects) as {@link openImageFolder} does, and if `imagenet1000_wnids.txt` is damaged.
 */
export async function openImageNet({
  folder,
  split,
  preparation = { resize: 256, crop: 224 },
  mostPixels,
}: ImageNetOptions): Promise<ImageSource> {
  const path = join(folder, wnidFile);
  const lines = await readLines(path);
  const source = await openImageFolder({
    folder: join(folder, split === 'train' ? 'train' : 'val'),
    split,
    name: 'imagenet',
    preparation,
    ...(mostPixels !== undefined && { mostPixels }),
    ...(lines ? { classes: parseWnids(path, lines) } : {}),
  });
  if (lines !== undefined) return source;
  const classAdvice = `To keep the labels of ImageNet’s thousand classes with the folders of only some, give ${path}: a line 'n01440764 tench' for each class.`;
  return { ...source, classAdvice };
}
