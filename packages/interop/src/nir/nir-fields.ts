import { someOf } from '@rheobase/network';
import type { NirNode } from './nir-graph.js';

/** Reads the fields of one node; what is wrong is said of the node. */
export interface Fields {
  readonly node: NirNode;
  fail(message: string): never;
  has(name: string): boolean;
  /** An array of one of these numbers of axes. */
  array(
    name: string,
    ...ranks: readonly number[]
  ): { readonly shape: readonly number[]; readonly data: Float32Array | Float64Array };
  /** Integers, as many as wanted; one alone stands for all. */
  integers(name: string, count: number, least: number): readonly number[];
  text(name: string): string | undefined;
}

/** @param source names the file in messages */
export function fieldsOf(node: NirNode, source: string): Fields {
  const fail = (message: string): never => {
    throw new Error(`${source}: node '${node.name}' (${node.type}): ${message}`);
  };
  const numbers = (name: string) => {
    const found = node.fields.get(name);
    if (found === undefined) {
      const { shown } = someOf([...node.fields.keys()], 12);
      return fail(`its field '${name}' is missing; it has ${shown.join(', ')}`);
    }
    if (found.kind !== 'numbers') return fail(`its field '${name}' is ${found.kind}, not numbers`);
    if (!found.data.every(Number.isFinite)) return fail(`its field '${name}' holds values that are NaN or infinite`);
    return found;
  };
  return {
    node,
    fail,
    has: (name) => node.fields.has(name),
    array(name, ...ranks) {
      const found = numbers(name);
      if (ranks.length > 0 && !ranks.includes(found.shape.length)) {
        fail(`its field '${name}' has shape [${found.shape.join(', ')}], not ${ranks.join(' or ')} axes`);
      }
      return found;
    },
    integers(name, count, least) {
      const { data } = numbers(name);
      const values = data.length === 1 ? Array.from({ length: count }, () => data[0] ?? 0) : [...data];
      if (values.length !== count || !values.every((value) => Number.isInteger(value) && value >= least)) {
        fail(`its field '${name}' is [${[...data].join(', ')}], not ${count} integers of at least ${least}`);
      }
      return values;
    },
    text(name) {
      const found = node.fields.get(name);
      return found?.kind === 'text' ? found.text : undefined;
    },
  };
}
