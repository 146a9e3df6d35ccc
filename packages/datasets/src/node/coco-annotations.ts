import { unknownName } from '@rheobase/network';
import type { LabelledBox } from '../boxes/box.js';
import type { BoxAnnotation } from '../boxes/box-source.js';
import { type Finding, mendBoxes } from '../boxes/finding.js';
import { checkRunLengths, readCompressedCounts, type RunLengths } from '../boxes/rle.js';

/** What an instances file of COCO says. */
export interface CocoInstances {
  readonly classNames: readonly string[];
  readonly annotations: readonly (BoxAnnotation & { readonly fileName: string })[];
  readonly findings: readonly Finding[];
}

type Element = Readonly<Record<string, unknown>>;

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A part of a JSON document, read with errors that say where in the file it is. */
interface Place {
  error(message: string): Error;
  number(name: string): number;
  text(name: string): string;
  value(name: string): unknown;
}

function placeOf(where: string, what: string, element: Element): Place {
  const error = (message: string): Error => new Error(`${where}: ${what}: ${message}`);
  return {
    error,
    number: (name) => {
      const value = element[name];
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      throw error(`'${name}' is ${describe(value)}, not a number`);
    },
    text: (name) => {
      const value = element[name];
      if (typeof value === 'string' && value !== '') return value;
      throw error(`'${name}' is ${describe(value)}, not a text`);
    },
    value: (name) => element[name],
  };
}

function describe(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function listOf(document: Element, name: string, where: string): readonly Place[] {
  const list = document[name];
  if (!Array.isArray(list)) throw new Error(`${where}: has no list '${name}'; is it an instances file of COCO?`);
  return list.map((entry: unknown, at) => {
    if (!isElement(entry)) throw new Error(`${where}: ${name}[${at}] is ${describe(entry)}, not an object`);
    const id = entry['id'];
    return placeOf(where, `${name}[${at}]${typeof id === 'number' ? ` (id ${id})` : ''}`, entry);
  });
}

/**
 * Reads an instances file of COCO. Category ids have gaps; labels count the categories in the order of their ids. Boxes are `[x, y, width,
 * height]` from 0, in fractions of pixels.
 *
 * @param where the file's name, for messages
 * @throws naming the file and the annotation that is wrong: its category or image is not listed, its run lengths do not fill the image, its
 * box is inside out or outside.
 */
export function readCocoInstances(text: string, where: string): CocoInstances {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${where}: is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
  if (!isElement(document)) throw new Error(`${where}: is no JSON object; is it an instances file of COCO?`);
  const categories = listOf(document, 'categories', where)
    .map((place) => ({ id: place.number('id'), name: place.text('name') }))
    .toSorted((a, b) => a.id - b.id);
  const labelOf = new Map(categories.map(({ id }, label) => [id, label]));

  const images = listOf(document, 'images', where).map((place) => ({
    id: place.number('id'),
    fileName: place.text('file_name'),
    size: { height: place.number('height'), width: place.number('width') },
    objects: [] as { readonly name: string; readonly object: LabelledBox }[],
  }));
  const imageOf = new Map(images.map((image) => [image.id, image]));
  if (imageOf.size < images.length) throw new Error(`${where}: two of its images have one id`);

  for (const place of listOf(document, 'annotations', where)) {
    const image = imageOf.get(place.number('image_id'));
    if (image === undefined) throw place.error(`there is no image ${place.number('image_id')} in the file`);
    const category = place.number('category_id');
    const label = labelOf.get(category);
    if (label === undefined) {
      const known = categories.map(({ id }) => String(id));
      throw place.error(unknownName('category', String(category), known));
    }
    const crowd = place.value('iscrowd') === 1;
    const box = place.value('bbox');
    if (!Array.isArray(box) || box.length !== 4 || !box.every((edge) => typeof edge === 'number')) {
      throw place.error(`'bbox' is ${describe(box)}, not [x, y, width, height]`);
    }
    const [x = 0, y = 0, width = 0, height = 0] = box as readonly number[];
    const region = place.value('segmentation');
    if (isElement(region)) checkRegion(place, region, image.size);
    const area = place.value('area');
    image.objects.push({
      name: `annotation ${describe(place.value('id'))}`,
      object: {
        box: { left: x, top: y, right: x + width, bottom: y + height },
        label,
        difficult: false,
        truncated: false,
        crowd,
        area: typeof area === 'number' ? area : width * height,
      },
    });
  }

  const findings: Finding[] = [];
  const annotations = images.map(({ id: number, fileName, size, objects }) => {
    const id = String(number);
    return { id, fileName, size, objects: mendBoxes(objects, { id, size, where: `${where}: image ${id}` }, findings) };
  });
  return { classNames: categories.map(({ name }) => name), annotations, findings };
}

function checkRegion(place: Place, region: Element, image: { readonly height: number; readonly width: number }): void {
  const { size, counts } = region;
  if (!Array.isArray(size) || size.length !== 2)
    throw place.error(`the size of its region is ${describe(size)}, not [height, width]`);
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
    throw new Error(`the run lengths of its region are ${describe(counts)}, neither numbers nor a text`);
  }
  return counts;
}
