import { realpath } from 'node:fs/promises';
import type { ImageSource, SplitName } from '../image-source.js';
import { greyImage } from '../grey-image.js';
import type { RasterImage } from '../raster-image.js';
import { centreCrop, type ResizeFilter, resize, resizeShorterSide } from '../resize.js';
import type { SkippedFile } from '../skipped-file.js';
import { decodeImage } from './images/decode-image.js';
import { fileSource, type ImageFiles } from './file-source.js';
import { entriesOf, type FolderEntry, isNamedLikeImage, listImages } from './list-images.js';

/** What is done to every image after decoding, in this order. Without any of it all images must have one size. */
export interface ImagePreparation {
  /** The shorter side becomes this many pixels. */
  readonly resize?: number | undefined;
  /** The middle `crop`×`crop` is cut out. */
  readonly crop?: number | undefined;
  /** The image becomes exactly this size, whatever its proportions. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  /** 1 for grey images, as Pillow's `convert('L')` makes them; default: 3. */
  readonly channels?: 1 | 3 | undefined;
  /** Default: `bilinear`. */
  readonly filter?: ResizeFilter;
}

/**
 * A source of image files, prepared as asked. Where no size results from that all must have the size of the first.
 *
 * @throws (the promise rejects) if a size is not a positive integer or `resize` is smaller than `crop`, or if there is no file to take the size from.
 */
export async function preparedSource(
  files: Omit<ImageFiles, 'imageShape' | 'prepare'>,
  preparation: ImagePreparation = {},
  folder: string,
): Promise<ImageSource> {
  const [first] = files.files;
  if (!first) throw new Error(`${folder}: holds no image of the ${files.split} split`);
  checkPreparation(preparation);
  const { crop, channels = 3, size = crop === undefined ? undefined : { height: crop, width: crop } } = preparation;
  const prepare = (image: RasterImage): RasterImage => prepareImage(image, preparation);
  const { height, width } = size ?? prepare(await decodeImage(first.path, files));
  return fileSource({ ...files, imageShape: [height, width, channels], prepare });
}

function checkPreparation({ resize: shorter, crop, size }: ImagePreparation): void {
  for (const side of [shorter, crop, size?.height, size?.width]) {
    if (side !== undefined && !(Number.isInteger(side) && side >= 1)) {
      throw new RangeError(`cannot resize or crop images to ${side} pixels; it must be a positive integer`);
    }
  }
  if (shorter !== undefined && crop !== undefined && shorter < crop) {
    throw new RangeError(
      `cannot crop ${crop} pixels from images resized to ${shorter}; both must be integers with resize ≥ crop ≥ 1`,
    );
  }
}

/**
 * An image prepared as asked.
 *
 * @throws if it is smaller than the part to be cut out.
 */
export function prepareImage(
  image: RasterImage,
  { resize: shorter, crop, size, channels = 3, filter = 'bilinear' }: ImagePreparation,
): RasterImage {
  const scaled = shorter === undefined ? image : resizeShorterSide(image, shorter, filter);
  const cut = crop === undefined ? scaled : centreCrop(scaled, { height: crop, width: crop });
  const sized = size === undefined ? cut : resize(cut, { ...size, filter });
  return channels === 1 ? greyImage(sized) : sized;
}

/** A folder of image folders, and how to read it. */
export interface ImageFolderOptions {
  /** The folder that holds a folder of images for each class. */
  readonly folder: string;
  readonly split: SplitName;
  /** The set's name; default: `image-folder`. */
  readonly name?: string;
  /** The classes in the order of their labels: folder and name of each. By default the folders there are, sorted. */
  readonly classes?: readonly { readonly folder: string; readonly name: string }[];
  /** Without it all images must have one size. */
  readonly preparation?: ImagePreparation;
  /** Refuses images of more pixels; default: 2²⁶. */
  readonly mostPixels?: number;
}

/**
 * Images in a folder for each class, RGB, decoded when read: the files that torchvision's `ImageFolder` reads, in its order. Links are
 * followed (not in circles), and images in subfolders belong to the class. Everything else is skipped and listed in the source's
 * `skipped`, including hidden folders, which torchvision would take for classes. A class may lack a folder or images, if `classes` names it: its
 * label is then not used.
 *
 * @throws (the promise rejects) if the folder is missing or empty, if a class folder is a broken link, holds no image, or is
 * none of `classes`, or if the preparation is out of range. An image that cannot be decoded is reported, by its file's name, when it is read.
 */
export async function openImageFolder({
  folder,
  split,
  name = 'image-folder',
  classes,
  preparation,
  mostPixels,
}: ImageFolderOptions): Promise<ImageSource> {
  const skipped: SkippedFile[] = [];
  const advice = 'it should hold a folder of images for each class';
  const folders = classFolders(folder, await entriesOf(folder, advice, skipped), skipped);
  const ordered = classes ?? folders.map((found) => ({ folder: found.name, name: found.name }));
  const labelOf = new Map(ordered.map((entry, label) => [entry.folder, label] as const));
  const around = [await realpath(folder)];
  const files: { readonly path: string; readonly label: number }[] = [];
  const empty: string[] = [];
  for (const found of folders) {
    const label = labelOf.get(found.name);
    if (label === undefined)
      throw new Error(`${found.path}: is not a class folder; it is not among the ${ordered.length} classes`);
    const listing = await listImages(found.path, 'it was there a moment ago', around);
    skipped.push(...listing.skipped);
    if (listing.files.length === 0) empty.push(found.path);
    for (const path of listing.files) files.push({ path, label });
  }
  if (classes === undefined && empty.length > 0 && files.length > 0) {
    throw new Error(
      `${empty.slice(0, shownFolders).join(', ')}${empty.length > shownFolders ? ', …' : ''}: ` +
        'a class folder without images, which would have a label all the same; remove it, or name the classes yourself',
    );
  }
  skipped.push(...empty.map((path) => ({ path, reason: 'class-without-images' }) as const));
  const classNames = ordered.map((entry) => entry.name);
  return preparedSource({ name, split, classNames, files, skipped, mostPixels }, preparation, folder);
}

/** Class folders that a message names. */
const shownFolders = 4;

/**
 * The folders of classes among the entries of a set's folder; notes the others.
 *
 * @throws naming the folder if there is none, or naming a broken link: if it were skipped, the labels after it would shift.
 */
function classFolders(folder: string, entries: readonly FolderEntry[], skipped: SkippedFile[]): readonly FolderEntry[] {
  const folders = entries.filter(({ kind }) => kind === 'folder');
  for (const { name, path, kind } of entries) {
    if (kind === 'broken-link' && !isNamedLikeImage(name)) {
      throw new Error(`${path}: is a broken link; without this class labels would shift. Restore or remove it`);
    }
    if (kind === 'file') skipped.push({ path, reason: isNamedLikeImage(name) ? 'outside-classes' : 'other-ending' });
    else if (kind !== 'folder') skipped.push({ path, reason: kind });
  }
  if (folders.length === 0) {
    const loose = skipped.filter(({ reason }) => reason === 'outside-classes').length;
    throw new Error(
      `${folder}: holds no folder${loose > 0 ? `, but ${loose} image${loose === 1 ? '' : 's'}` : ''}; ` +
        'there should be one of images for each class',
    );
  }
  return folders;
}
