import { ownValue, readSafetensors, writeSafetensors } from '@rheobase/network';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomChance, randomChoice } from '../random-values.js';
import { hostileNumbers } from './hostile-values.js';
import { mutateBytes } from './mutate-bytes.js';
import { mutateProtobuf } from './mutate-protobuf.js';
import { mutateText } from './mutate-text.js';
import { jsonText, mutateValue } from './mutate-value.js';

/** One change of a file's bytes. */
export type Mutation = (random: RandomGenerator, bytes: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;

const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Nesting depth up to which the data is changed, and beyond it the text: walking data takes a stack frame per level. */
const deepest = 500;

function isDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

function parsed(text: string): { readonly value: unknown } | undefined {
  if (isDeep(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** JSON with a change: in its data, or in its text if it is no longer JSON. */
function mutatedJson(random: RandomGenerator, text: string): string {
  const found = randomChance(random, 0.85) ? parsed(text) : undefined;
  return found === undefined ? mutateText(random, text) : jsonText(mutateValue(random, found.value));
}

export const changedText: Mutation = (random, bytes) => encoded(mutateText(random, decoded(bytes)));
export const changedJson: Mutation = (random, bytes) => encoded(mutatedJson(random, decoded(bytes)));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The header with a change in the JSON of one of its metadata; a change of the header itself if there is none. */
function mutatedHeader(random: RandomGenerator, header: string): string {
  const found = parsed(header)?.value;
  const metadata = isObject(found) && Object.hasOwn(found, '__metadata__') ? found['__metadata__'] : undefined;
  const nested = isObject(metadata)
    ? Object.entries(metadata).filter(([, text]) => typeof text === 'string' && text.startsWith('{'))
    : [];
  if (!isObject(found) || !isObject(metadata) || nested.length === 0 || randomChance(random, 0.4)) {
    return mutatedJson(random, header);
  }
  const [key, text] = randomChoice(random, nested);
  return JSON.stringify({
    ...found,
    __metadata__: { ...metadata, [key]: mutatedJson(random, String(text)) },
  });
}

/** A safetensors file with a changed header and a matching length, so that code after the first checks is reached. */
export const changedSafetensors: Mutation = (random, bytes, others) => {
  const length = bytes.length >= 8 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  if (length === 0 || 8 + length > bytes.length || randomChance(random, 0.15))
    return mutateBytes(random, bytes, others);
  const header = encoded(mutatedHeader(random, decoded(bytes.subarray(8, 8 + length))));
  const data = bytes.subarray(8 + length);
  const changed = new Uint8Array(8 + header.length + data.length);
  new DataView(changed.buffer).setBigUint64(0, BigInt(header.length), true);
  changed.set(header, 8);
  changed.set(data, 8 + header.length);
  return changed;
};

export const changedBytes: Mutation = mutateBytes;
export const changedProtobuf: Mutation = mutateProtobuf;

/** Paths of numbers in plain data. */
function numbersIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => numbersIn(item, [...path, key]));
}

function withNumberAt(value: unknown, [key, ...rest]: readonly string[], number: number): unknown {
  if (key === undefined) return number;
  if (Array.isArray(value)) return value.map((item, i) => (`${i}` === key ? withNumberAt(item, rest, number) : item));
  return isObject(value) ? { ...value, [key]: withNumberAt(ownValue(value, key), rest, number) } : value;
}

/**
 * A network's file with other numbers in a node's fields. Most are small, so that the network often stays valid and is run; some are at the limits of
 * number formats.
 */
export const changedNodes: Mutation = (random, bytes) => {
  const { tensors, metadata } = readSafetensors(bytes, 'the sample');
  const key = 'rheobase.network';
  const description = parsed(metadata[key] ?? '')?.value;
  const nodes = isObject(description) && Array.isArray(description['nodes']) ? description['nodes'] : [];
  const places = nodes.flatMap((node, i) => numbersIn(node, [`${i}`]));
  if (places.length === 0) return bytes;
  const number = randomChance(random, 0.75) ? uniformInt(random, 0, 9) : randomChoice(random, hostileNumbers);
  const changed = withNumberAt(nodes, randomChoice(random, places), number);
  return writeSafetensors(tensors, { ...metadata, [key]: JSON.stringify({ ...Object(description), nodes: changed }) });
};

/**
 * Inputs from samples: one of them with one to four changes, rarely none.
 *
 * @param samples well-formed files
 */
export function mutatedSamples(
  samples: readonly Uint8Array[],
  ...mutations: readonly [Mutation, ...Mutation[]]
): (random: RandomGenerator) => Uint8Array {
  return (random) => {
    let bytes = randomChoice(random, samples);
    const changes = randomChance(random, 0.02) ? 0 : randomChoice(random, [1, 1, 1, 2, 2, uniformInt(random, 3, 4)]);
    for (let i = 0; i < changes; i += 1) bytes = randomChoice(random, mutations)(random, bytes, samples);
    return bytes;
  };
}
