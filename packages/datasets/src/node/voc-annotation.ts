import { inWords, ownValue, unknownName } from '@rheobase/network';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { type Box, boxArea, type ImageSize, type LabelledBox } from '../boxes/box.js';
import { flagIn } from './flag.js';

/** What an annotation file of PASCAL VOC says. */
export interface VocAnnotation {
  readonly fileName: string;
  readonly size: ImageSize;
  readonly objects: readonly { readonly name: string; readonly object: LabelledBox }[];
}

/** Annotations nest four deep, parts of objects included; what an entity may come to is bounded by the parser. */
const deepest = 20;

/** Characters of a parser's own message that are passed on: it quotes from the file. */
const longestReason = 200;

const parser = new XMLParser({
  parseTagValue: false,
  maxNestedTags: deepest,
  isArray: (name, path) => path === `annotation.${name}` && name === 'object',
});

type Element = Readonly<Record<string, unknown>>;

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads an annotation file. VOC counts pixels from 1 and its boxes include their last row and column: pixel `xmin` is the first in the box,
 * `xmax` the last, so the box's edges are at `xmin − 1` and `xmax`. A box whose last pixel is its first, or lies before it in one direction
 * by one, was never meant to have an area; it comes out with none.
 *
 * @param where the file's name, for messages
 * @throws naming the file, and the object where it is one that is wrong: also where a flag is neither 0 nor 1, `true` nor `false`, or elements
 * nest more than 20 deep.
 */
export function readVocAnnotation(text: string, where: string, classNames: readonly string[]): VocAnnotation {
  const document = parsed(text, where);
  const root = isElement(document) ? document['annotation'] : undefined;
  if (!isElement(root))
    throw new Error(`${where}: has no element <annotation>; is it an annotation file of PASCAL VOC?`);
  const { size, object } = root;
  if (!isElement(size)) throw new Error(`${where}: has no element <size>`);
  const side = (name: string): number => {
    const value = numberIn(size, name);
    if (value === undefined || !Number.isInteger(value) || value < 1) {
      throw new Error(
        `${where}: the <${name}> of its <size> is ${inWords(ownValue(size, name))}, not an integer number of pixels`,
      );
    }
    return value;
  };
  const objects: readonly unknown[] = Array.isArray(object) ? object : [];
  return {
    fileName: typeof root['filename'] === 'string' ? root['filename'] : '',
    size: { height: side('height'), width: side('width') },
    objects: objects.map((entry, at) => readObject(entry, `object ${at + 1}`, where, classNames)),
  };
}

function parsed(text: string, where: string): unknown {
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    const { msg, line } = valid.err;
    throw new Error(`${where}: is not well-formed XML: line ${line}: ${msg.slice(0, longestReason)}`);
  }
  try {
    return parser.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${where}: cannot be read as XML: ${reason.slice(0, longestReason)}`, { cause });
  }
}

function readObject(
  entry: unknown,
  position: string,
  where: string,
  classNames: readonly string[],
): { readonly name: string; readonly object: LabelledBox } {
  if (!isElement(entry)) throw new Error(`${where}: ${position} is empty`);
  const className = entry['name'] ?? '';
  if (typeof className !== 'string' || className.length > longestReason) {
    throw new Error(`${where}: ${position}: its <name> is ${inWords(className)}, not one class`);
  }
  const name = `${position} (${className})`;
  const label = classNames.indexOf(className);
  if (label < 0) throw new Error(`${where}: ${position}: ${unknownName('class', className, classNames)}`);
  const corners = entry['bndbox'];
  if (Array.isArray(corners)) throw new Error(`${where}: ${name} has ${corners.length} elements <bndbox>, not one`);
  if (!isElement(corners)) throw new Error(`${where}: ${name} has no element <bndbox>`);
  const edge = (part: string): number => {
    const value = numberIn(corners, part);
    if (value === undefined) {
      throw new Error(
        `${where}: ${name}: its <${part}> is ${inWords(ownValue(corners, part))}, which is not a decimal number`,
      );
    }
    return value;
  };
  const flag = (part: string): boolean => {
    const value = flagIn(ownValue(entry, part));
    if (value === undefined)
      throw new Error(`${where}: ${name}: its <${part}> is ${inWords(ownValue(entry, part))}, not 0 or 1`);
    return value;
  };
  const box = boxOf(edge('xmin'), edge('ymin'), edge('xmax'), edge('ymax'));
  return {
    name,
    object: {
      box,
      label,
      difficult: flag('difficult'),
      truncated: flag('truncated'),
      crowd: false,
      area: boxArea(box),
    },
  };
}

function boxOf(xmin: number, ymin: number, xmax: number, ymax: number): Box {
  return {
    left: xmin - 1,
    top: ymin - 1,
    right: xmax === xmin ? xmin - 1 : xmax,
    bottom: ymax === ymin ? ymin - 1 : ymax,
  };
}

/** As XML Schema spells decimal numbers: `Number` also reads 0x10, 0b1 and Infinity. */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function numberIn(element: Element, name: string): number | undefined {
  const text = ownValue(element, name);
  const value = typeof text === 'string' && decimal.test(text.trim()) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
