import type { Network } from '@rheobase/network';
import { withInputs, withParameterNames } from '@rheobase/network';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomChance, randomChoice } from './random-values.js';

/** Names of properties of every object, or that could equal keys built from words and numbers. */
const stems = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'whole 3 8',
  'zeros 8',
  'bits',
  '"',
  'a b',
  'a',
];

/** Suffixes for names derived from another name. */
const endings = [
  '.weight',
  '.bias',
  '.threshold',
  '.initialPotential',
  '.scale',
  '.scale.factor',
  '.quantize',
  '.sum',
  '.image',
  '.value',
  '.2',
  ' 0 8',
  ' threshold',
  ' negative',
  '/0',
];

/** A network with renamed nodes and parameters, and the new name of each node. */
export interface Renamed {
  readonly network: Network;
  readonly nameOf: (name: string) => string;
}

/**
 * The network with names that break code which looks them up in plain objects or builds keys from them: properties of every object, and names that
 * start with another node's name.
 */
export function withHostileNames(network: Network, random: RandomGenerator): Renamed {
  const nodeNames = freshNames(network.nodes, random, []);
  const parameterNames = freshNames(
    [...network.parameters.keys()].map((name) => ({ name })),
    random,
    [...nodeNames.values()],
  );
  const nameOf = (name: string): string => nodeNames.get(name) ?? name;
  const parameterNameOf = (name: string): string => parameterNames.get(name) ?? name;
  return {
    nameOf,
    network: {
      ...network,
      nodes: network.nodes.map((node) =>
        withParameterNames(withInputs({ ...node, name: nameOf(node.name) }, nameOf), parameterNameOf),
      ),
      parameters: new Map([...network.parameters].map(([name, parameter]) => [parameterNameOf(name), parameter])),
    },
  };
}

/** A new name for each; most are an earlier one, or one of `more`, with a suffix. */
function freshNames(
  named: readonly { readonly name: string }[],
  random: RandomGenerator,
  more: readonly string[],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name } of named) {
    let fresh = randomChoice(random, stems);
    while (taken.has(fresh) || randomChance(random, 0.5)) {
      fresh = randomChoice(random, [...stems, ...taken, ...more]) + randomChoice(random, endings);
    }
    taken.add(fresh);
    names.set(name, fresh);
  }
  return names;
}
