import type { Decode, Fields } from './decode.js';
import { count, dictionary, finite, object, one, oneOf, text, two } from './decode.js';
import type { NetworkNode, Padding } from './node.js';
import type { ModelSpec } from './spec.js';

/** Decodes a node from the fields of its operation; adds `op` and `name`, which every node has. */
export function nodeDecoder<N extends NetworkNode>(op: N['op'], fields: Omit<Fields<N>, 'op' | 'name'>): Decode<N> {
  return object<N>({ op: oneOf(op), name: text, ...fields } as Fields<N>);
}

export const fromOne = one(text);
export const pair = two(count);
export const padding = object<Padding>({ top: count, bottom: count, left: count, right: count });
export const window = { inputs: fromOne, size: pair, stride: pair, padding };
export const model = object<ModelSpec>({ kind: text, parameters: dictionary(text), attributes: dictionary(finite) });
