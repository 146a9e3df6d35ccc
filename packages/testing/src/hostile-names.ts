import type { Network } from '@rheobase/network';
import { withInputs, withParameterNames } from '@rheobase/network';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomChance, randomChoice } from './random-values.js';

/** Names that are properties of every object, or that keys put together from words and numbers could be. */
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

/** What is appended to a name to name something that belongs to it. */
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

/** A network whose nodes and parameters have other names, and the new name of each node. */
export interface Renamed {
  readonly network: Network;
  readonly nameOf: (name: string) => string;
}

/**
 * The same network, with names that trip code which looks them up in plain objects, or which puts keys together from them: properties of every
 * object, and names that begin with another node's.
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

/** Another name for each; most are one of those before, or of `more`, with something appended. */
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
