import { inWords, ownValue, parseJson, unknownName } from '@rheobase/network';
import type { LabelledBox } from '../boxes/box.js';
import type { BoxAnnotation } from '../boxes/box-source.js';
import { type Finding, mendBoxes } from '../boxes/finding.js';
import { checkRunLengths, readCompressedCounts, type RunLengths } from '../boxes/rle.js';
import { flagIn } from './flag.js';

/** What an instances file of COCO says. */
export interface CocoInstances {
  readonly classNames: readonly string[];
  /** Each with the name of its file, and its place in the file: `images[3] (id 17)`. */
  readonly annotations: readonly (BoxAnnotation & { readonly fileName: string; readonly where: string })[];
  readonly findings: readonly Finding[];
}

type Element = Readonly<Record<string, unknown>>;

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a list goes by: COCO has numbers; other tools write texts too, and an annotation must name its image as the image does. */
type Id = number | string;

/** A part of a JSON document, read with errors that say where in the file it is. */
interface Place {
  /** Such as `annotations[3] (id 17)`. */
  readonly what: string;
  error(message: string): Error;
  id(name: string): Id;
  /** Pixels of a side of an image. */
  side(name: string): number;
  text(name: string): string;
  value(name: string): unknown;
  /** A number of at least 0; absent where there is none. */
  amount(name: string): number | undefined;
  /** As pycocotools takes it. A text such as "no" is true in Python, so its meaning is unclear. */
  flag(name: string): boolean;
}

function placeOf(where: string, what: string, element: Element): Place {
  const error = (message: string): Error => new Error(`${where}: ${what}: ${message}`);
  const refuse = (name: string, wanted: string): Error =>
    error(`'${name}' is ${inWords(ownValue(element, name))}, ${wanted}`);
  return {
    what,
    error,
    id: (name) => {
      const value = ownValue(element, name);
      if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
      if (typeof value === 'string' && value !== '') return value;
      throw refuse(
        name,
        typeof value === 'number' ? 'too large to be distinguished from neighbouring numbers' : 'not a number',
      );
    },
    side: (name) => {
      const value = ownValue(element, name);
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
      throw refuse(name, 'not a number of pixels: an integer of at least 1');
    },
    text: (name) => {
      const value = ownValue(element, name);
      if (typeof value === 'string' && value !== '') return value;
      throw refuse(name, 'not a text');
    },
    value: (name) => ownValue(element, name),
    amount: (name) => {
      const value = ownValue(element, name);
      if (value === undefined || value === null) return undefined;
      if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
      throw refuse(name, 'not a number of at least 0');
    },
    flag: (name) => {
      const value = ownValue(element, name);
      const flag = flagIn(value);
      if (flag === undefined || (!flag && typeof value === 'string' && value !== '')) {
        throw refuse(name, flag === undefined ? 'neither 0 nor 1' : 'neither 0 nor 1: pycocotools takes it as yes');
      }
      return flag;
    },
  };
}

function listOf(document: Element, name: string, where: string): readonly Place[] {
  const list = ownValue(document, name);
  if (!Array.isArray(list)) throw new Error(`${where}: has no list '${name}'; is it an instances file of COCO?`);
  return list.map((entry: unknown, at) => {
    if (!isElement(entry)) throw new Error(`${where}: ${name}[${at}] is ${inWords(entry)}, not an object`);
    const id = entry['id'];
    const idInWords = typeof id === 'number' || typeof id === 'string' ? ` (id ${String(id).slice(0, longestId)})` : '';
    return placeOf(where, `${name}[${at}]${idInWords}`, entry);
  });
}

/** Characters of an id that are shown. */
const longestId = 40;

/**
 * The ids of a list, each once.
 *
 * @throws naming both entries that have one id. An id that is a number and one that is a text are the same if they read the same.
 */
function distinctIds(places: readonly Place[]): void {
  const holders = new Map<string, Place>();
  for (const place of places) {
    const id = String(place.id('id'));
    const holder = holders.get(id);
    if (holder !== undefined) throw place.error(`${holder.what} has this id too; give each its own`);
    holders.set(id, place);
  }
}

/**
 * Reads an instances file of COCO, as pycocotools takes it. Category ids have gaps; labels count the categories in the order of their ids.
 * Boxes are `[x, y, width, height]` from 0, in fractions of pixels. `iscrowd` may be a number, `true` or `"1"`; `ignore` counts for nothing,
 * and is noted.
 *
 * @param where the file's name, for messages
 * @throws naming the file and the annotation that is wrong: its category or image is not listed, its run lengths do not fill the image, its
 * box has swapped edges or is outside, its area is negative or infinite, a flag is neither yes nor no, two entries of a list have one id, or an image's
 * sides are not positive integers.
 */
export function readCocoInstances(text: string, where: string): CocoInstances {
  const document = parseJson(text, where);
  if (!isElement(document)) throw new Error(`${where}: is not a JSON object; is it an instances file of COCO?`);
  const listed = listOf(document, 'categories', where);
  distinctIds(listed);
  const categories = listed.map((place) => ({ id: place.id('id'), name: place.text('name') })).toSorted(byId);
  const labelOf = new Map(categories.map(({ id }, label) => [id, label]));

  const pictures = listOf(document, 'images', where);
  distinctIds(pictures);
  const images = pictures.map((place) => ({
    id: place.id('id'),
    fileName: place.text('file_name'),
    size: { height: place.side('height'), width: place.side('width') },
    objects: [] as { readonly name: string; readonly object: LabelledBox }[],
    place,
  }));
  const imageOf = new Map(images.map((image) => [image.id, image]));

  const findings: Finding[] = [];
  const boxes = listOf(document, 'annotations', where);
  distinctIds(boxes.filter((place) => place.value('id') !== undefined));
  for (const place of boxes) {
    const image = imageOf.get(place.id('image_id'));
    if (image === undefined) throw place.error(`there is no image ${inWords(place.value('image_id'))} in the file`);
    const category = place.id('category_id');
    const label = labelOf.get(category);
    if (label === undefined) {
      const known = categories.map(({ id }) => String(id));
      throw place.error(unknownName('category', String(category).slice(0, longestId), known));
    }
    const box = place.value('bbox');
    if (!Array.isArray(box) || box.length !== 4 || !box.every((edge) => typeof edge === 'number')) {
      throw place.error(`'bbox' is ${inWords(box)}, not [x, y, width, height]`);
    }
    const [x = 0, y = 0, width = 0, height = 0] = box as readonly number[];
    const region = place.value('segmentation');
    if (isElement(region)) checkRegion(place, region, image.size);
    const name = `annotation ${inWords(place.value('id'))}`;
    const crowd = place.flag('iscrowd');
    if (place.flag('ignore') && !crowd)
      findings.push({ kind: 'ignore-not-counted', image: String(image.id), object: name });
    image.objects.push({
      name,
      object: {
        box: { left: x, top: y, right: x + width, bottom: y + height },
        label,
        difficult: false,
        truncated: false,
        crowd,
        area: place.amount('area') ?? Math.max(0, width) * Math.max(0, height),
      },
    });
  }

  const annotations = images.map(({ id: own, fileName, size, objects, place }) => {
    const id = String(own);
    return {
      id,
      fileName,
      where: place.what,
      size,
      objects: mendBoxes(objects, { id, size, where: `${where}: image ${id}` }, findings),
    };
  });
  return { classNames: categories.map(({ name }) => name), annotations, findings };
}

/** By number, or by text where ids are texts. */
function byId({ id: a }: { readonly id: Id }, { id: b }: { readonly id: Id }): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : 1;
}

function checkRegion(place: Place, region: Element, image: { readonly height: number; readonly width: number }): void {
  const { size, counts } = region;
  if (!Array.isArray(size) || size.length !== 2)
    throw place.error(`the size of its region is ${inWords(size)}, not [height, width]`);
  const [height = 0, width = 0] = size as readonly number[];
  try {
    const lengths: RunLengths = {
      size: [height, width],
      counts: typeof counts === 'string' ? readCompressedCounts(counts) : countsOf(counts),
    };
    checkRunLengths(lengths, image);
  } catch (error) {
    throw place.error(error instanceof Error ? error.message : String(error));
  }
}

function countsOf(counts: unknown): readonly number[] {
  if (!Array.isArray(counts) || !counts.every((count) => typeof count === 'number')) {
    throw new Error(`the run lengths of its region are ${inWords(counts)}, neither numbers nor a text`);
  }
  return counts;
}
