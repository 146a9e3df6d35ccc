import type { Network } from '@rheobase/network';
import { ownValue } from '@rheobase/network';
import type { Description } from './description.js';

type Setting = string | number | boolean | null;

/** What determines the outcome of a run, as flat fields; two runs with the same fingerprint end with the same bytes. */
export type Fingerprint = Readonly<Record<string, Setting>>;

/** A description with its nested fields named by their path: `optimizer.momentum`. */
export function flatten(description: Description): Fingerprint {
  const fields: [string, Setting][] = [];
  const visit = (prefix: string, nested: Description): void => {
    for (const [name, value] of Object.entries(nested)) {
      if (typeof value === 'object' && value !== null) visit(`${prefix}${name}.`, value);
      else fields.push([`${prefix}${name}`, value]);
    }
  };
  visit('', description);
  return Object.fromEntries(fields);
}

/** The differences of two fingerprints, in words; empty if there are none. */
export function differences(kept: Fingerprint, present: Fingerprint): readonly string[] {
  const names = new Set([...Object.keys(kept), ...Object.keys(present)]);
  const shown = (fields: Fingerprint, name: string): string => JSON.stringify(ownValue(fields, name)) ?? 'not set';
  return [...names]
    .filter((name) => shown(kept, name) !== shown(present, name))
    .map((name) => {
      const [before, after] = [shown(kept, name), shown(present, name)];
      if (name === 'rates') return ratesInWords(before, after);
      // Hashes and long lists say nothing to anyone, and are most often the consequence of another field.
      if ([before, after].some((value) => value.length > longestShown || hash.test(value))) return `'${name}' differs`;
      return `'${name}' was ${before} and is ${after}`;
    });
}

const longestShown = 40;
const hash = /^"[0-9a-f]{16}"$/;

/** Of learning rates at points of a run, in one text, the highest. */
function ratesInWords(before: string, after: string): string {
  const highest = (rates: string): number => Math.max(...rates.replaceAll('"', '').split(' ').map(Number));
  const [was, is] = [highest(before), highest(after)];
  return was === is || !Number.isFinite(was + is)
    ? "'rates' differs (the course of the learning rate)"
    : `the highest learning rate was ${was} and is ${is}`;
}

/** A short hash of a network's structure, and one of its parameters' values. */
export function networkFingerprint({ nodes, parameters }: Network): Description {
  const text = JSON.stringify(nodes);
  const structure = Uint32Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const hash = hashing();
  for (const [name, { data }] of parameters) {
    hash.add(Uint32Array.from({ length: name.length }, (_, i) => name.charCodeAt(i)));
    hash.add(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return { nodes: hashing().add(structure).text(), parameters: hash.text() };
}

interface Hashing {
  add(words: Uint8Array | Uint32Array): Hashing;
  text(): string;
}

/** Two FNV-1a sums of 32 bits side by side: enough to distinguish your own runs, not to withstand an adversary. */
function hashing(): Hashing {
  let [first, second] = [0x811c9dc5, 0x9747b28c];
  const self: Hashing = {
    add(words) {
      for (const word of words) {
        first = Math.imul(first ^ word, 0x01000193);
        second = Math.imul(second ^ word, 0x85ebca6b) ^ (second >>> 15);
      }
      return self;
    },
    text: () => [first, second].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join(''),
  };
  return self;
}
