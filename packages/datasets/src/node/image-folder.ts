import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource, SplitName } from '../image-source.js';
import { centreCrop, type ResizeFilter, resizeShorterSide } from '../resize.js';
import { isMissing } from './byte-file.js';
import { decodeImage } from './decode-image.js';
import { fileSource, type ImageFiles } from './file-source.js';

/** Resizing on the way in: the shorter side to `resize`, then the middle `crop`×`crop`. */
export interface ImagePreparation {
  /** Pixels of the shorter side; at least `crop`. */
  readonly resize: number;
  readonly crop: number;
  /** `bilinear` unless given. */
  readonly filter?: ResizeFilter;
}

const imageEnding = /\.(?:jpe?g|png|webp|gif|tiff?|bmp)$/i;

/** The folders and the image files in a folder, each sorted by UTF-16 code units. */
export async function listFolder(
  folder: string,
  advice: string,
): Promise<{ readonly folders: readonly string[]; readonly images: readonly string[] }> {
  let entries: readonly { readonly name: string; isDirectory(): boolean }[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    if (isMissing(cause)) throw new Error(`${folder}: no such folder; ${advice}`, { cause });
    throw new Error(`${folder}: cannot be read`, { cause });
  }
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  return {
    folders: visible
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted(),
    images: visible
      .filter((entry) => !entry.isDirectory() && imageEnding.test(entry.name))
      .map(({ name }) => name)
      .toSorted(),
  };
}

/**
 * A source of image files, prepared as asked. Without a preparation all must have the size of the first.
 *
 * @throws (the promise rejects) if `resize` is smaller than `crop`, or if there is no file to take the size from.
 */
export async function preparedSource(
  files: Omit<ImageFiles, 'imageSize' | 'prepare'>,
  preparation: ImagePreparation | undefined,
  folder: string,
): Promise<ImageSource> {
  const [first] = files.files;
  if (!first) throw new Error(`${folder}: holds no image of the ${files.split} split`);
  if (!preparation) {
    const { height, width } = await decodeImage(first.path);
    return fileSource({ ...files, imageSize: [height, width], prepare: (image) => image });
  }
  const { resize, crop, filter = 'bilinear' } = preparation;
  if (!(Number.isInteger(resize) && Number.isInteger(crop) && crop >= 1 && resize >= crop)) {
    throw new RangeError(
      `cannot crop ${crop} pixels from images resized to ${resize}; both must be integers with resize ≥ crop ≥ 1`,
    );
  }
  return fileSource({
    ...files,
    imageSize: [crop, crop],
    prepare: (image) => centreCrop(resizeShorterSide(image, resize, filter), { height: crop, width: crop }),
  });
}

/** A folder of image folders, and how to read it. */
export interface ImageFolderOptions {
  /** The folder that holds a folder of images for each class. */
  readonly folder: string;
  readonly split: SplitName;
  /** The set's name; `image-folder` unless given. */
  readonly name?: string;
  /** The classes in the order of their labels: folder and name of each. By default the folders there are, sorted. */
  readonly classes?: readonly { readonly folder: string; readonly name: string }[];
  /** Without it all images must have one size. */
  readonly preparation?: ImagePreparation;
}

/**
 * Images in a folder for each class (torchvision's `ImageFolder`), RGB, decoded when read. A class may lack a folder, if `classes` names it:
 * its label is then not used.
 *
 * @throws (the promise rejects) if the folder is missing or empty, if it has a folder that is none of `classes`, or if the preparation
 * is out of range. An image that cannot be decoded is reported, by its file's name, when it is read.
 */
export async function openImageFolder({
  folder,
  split,
  name = 'image-folder',
  classes,
  preparation,
}: ImageFolderOptions): Promise<ImageSource> {
  const { folders } = await listFolder(folder, 'it should hold a folder of images for each class');
  if (folders.length === 0) throw new Error(`${folder}: holds no folder; there should be one of images for each class`);
  const ordered = classes ?? folders.map((found) => ({ folder: found, name: found }));
  const labelOf = new Map(ordered.map((entry, label) => [entry.folder, label] as const));
  const files: { readonly path: string; readonly label: number }[] = [];
  for (const found of folders) {
    const label = labelOf.get(found);
    if (label === undefined)
      throw new Error(`${join(folder, found)}: is no class folder; the ${ordered.length} classes do not name it`);
    const { images } = await listFolder(join(folder, found), 'it was there a moment ago');
    for (const image of images) files.push({ path: join(folder, found, image), label });
  }
  return preparedSource({ name, split, classNames: ordered.map((entry) => entry.name), files }, preparation, folder);
}
