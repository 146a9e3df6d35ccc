import { join } from 'node:path';
import { shortName } from '@rheobase/network';
import { type BoxAnnotation, type BoxSource, annotatedSource } from '../boxes/box-source.js';
import { type Finding, mendBoxes } from '../boxes/finding.js';
import type { SplitName } from '../image-source.js';
import { decodeSizedImage } from './images/decode-sized-image.js';
import { fileFingerprint } from './file-fingerprint.js';
import { pathInside } from './path-inside.js';
import { readAnnotationFile } from './read-annotation-file.js';
import { readVocAnnotation } from './voc-annotation.js';

export interface VocOptions {
  /** The folder that holds `Annotations`, `ImageSets/Main` and `JPEGImages`. */
  readonly folder: string;
  /** Which list of `ImageSets/Main`, without `.txt`: `train`, `val`, `trainval`, `test`. */
  readonly imageSet: string;
  readonly split: SplitName;
  /** The set's name; default: `voc`. */
  readonly name?: string;
  /** Refuses images of more pixels; default: 2²⁶. */
  readonly mostPixels?: number;
  /** The classes in the order of their labels; default: VOC's twenty. */
  readonly classNames?: readonly string[];
}

/** The twenty classes of PASCAL VOC. */
export const vocClassNames: readonly string[] = [
  'aeroplane',
  'bicycle',
  'bird',
  'boat',
  'bottle',
  'bus',
  'car',
  'cat',
  'chair',
  'cow',
  'diningtable',
  'dog',
  'horse',
  'motorbike',
  'person',
  'pottedplant',
  'sheep',
  'sofa',
  'train',
  'tvmonitor',
];

/** Annotations read at the same time. */
const read = 16;

/** Bytes of an annotation: room for about ten thousand objects. */
const mostAnnotationBytes = 2 ** 22;

/** Bytes of a list of images: room for a million of them. */
const mostListBytes = 2 ** 26;

/**
 * Images with boxes in the layout of PASCAL VOC. All annotations are read at once, images when they are wanted.
 *
 * @throws (the promise rejects) naming the file, and the object in it, if a list or an annotation is missing, malformed or larger than 64 or
 * 4 MiB, the list names an image twice or a file outside `folder`, a class is not among `classNames`, or a box has swapped edges or is
 * outside its image.
 */
export async function openVoc({
  folder,
  imageSet,
  split,
  name = 'voc',
  classNames = vocClassNames,
  mostPixels,
}: VocOptions): Promise<BoxSource> {
  const list = join(folder, 'ImageSets', 'Main', `${imageSet}.txt`);
  const advice = 'it should list the images of this part, one a line';
  const text = await readAnnotationFile({ path: list, advice, most: mostListBytes });
  const ids = idsIn(text, list);
  if (ids.length === 0) throw new Error(`${list}: lists no image`);
  const fileOf = (part: string, id: string, ending: string): string =>
    pathInside(join(folder, part), `${id}${ending}`, (reason) => new Error(`${list}: ${reason}`));
  const findings: Finding[] = [];
  const annotations: BoxAnnotation[] = [];
  for (let from = 0; from < ids.length; from += read) {
    const some = ids.slice(from, from + read);
    const paths = some.map((id) => fileOf('Annotations', id, '.xml'));
    const texts = await Promise.all(
      paths.map((path) => readAnnotationFile({ path, advice: `${list} names it`, most: mostAnnotationBytes })),
    );
    some.forEach((id, k) => {
      const where = paths[k] ?? id;
      const { size, objects } = readVocAnnotation(texts[k] ?? '', where, classNames);
      annotations.push({ id, size, objects: mendBoxes(objects, { id, size, where }, findings) });
    });
  }
  return annotatedSource({
    name,
    split,
    classNames,
    findings,
    annotations,
    pixels: (_, { id, size }) => decodeSizedImage(fileOf('JPEGImages', id, '.jpg'), size, { mostPixels }),
    fingerprint: (_, { id }) => fileFingerprint(fileOf('JPEGImages', id, '.jpg')),
  });
}

/**
 * The ids in a list of images, one per line. Lists of a single class have 1, 0 or −1 after each id.
 *
 * @throws naming both lines if an id is there twice: its image would be counted twice.
 */
function idsIn(text: string, list: string): readonly string[] {
  const lineOf = new Map<string, number>();
  text.split('\n').forEach((line, k) => {
    const id = line.trim().split(/\s+/)[0] ?? '';
    if (id === '') return;
    const before = lineOf.get(id);
    if (before !== undefined) {
      throw new Error(`${list}: lines ${before} and ${k + 1} both name ${shortName(id)}; remove one of them`);
    }
    lineOf.set(id, k + 1);
  });
  return [...lineOf.keys()];
}
