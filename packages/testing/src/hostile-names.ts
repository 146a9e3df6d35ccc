import type { ModelSpec, Network, NetworkNode } from '@rheobase/network';
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

/** What is put behind a name to name something that belongs to it. */
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
      nodes: network.nodes.map((node) => renamed(node, nameOf, parameterNameOf)),
      parameters: new Map([...network.parameters].map(([name, parameter]) => [parameterNameOf(name), parameter])),
    },
  };
}

/** Another name for each; most are one of those before, or of `more`, with something behind it. */
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

type Rename = (name: string) => string;

function renamed(node: NetworkNode, nameOf: Rename, parameterNameOf: Rename): NetworkNode {
  const name = nameOf(node.name);
  switch (node.op) {
    case 'input':
      return { ...node, name };
    case 'add':
    case 'concat':
      return { ...node, name, inputs: node.inputs.map(nameOf) };
    default:
      return withParameters({ ...node, name, inputs: [nameOf(node.inputs[0])] }, parameterNameOf);
  }
}

function withParameters(node: NetworkNode, nameOf: Rename): NetworkNode {
  const model = ({ parameters, ...spec }: ModelSpec): ModelSpec => ({
    ...spec,
    parameters: Object.fromEntries(Object.entries(parameters).map(([part, name]) => [part, nameOf(name)])),
  });
  switch (node.op) {
    case 'conv2d':
    case 'dense':
      return { ...node, weight: nameOf(node.weight), ...(node.bias !== undefined && { bias: nameOf(node.bias) }) };
    case 'batchNorm': {
      const { scale, offset, mean, variance } = node;
      return {
        ...node,
        scale: nameOf(scale),
        offset: nameOf(offset),
        mean: nameOf(mean),
        variance: nameOf(variance),
      };
    }
    case 'activation':
      return { ...node, activation: model(node.activation) };
    case 'neuron':
      return { ...node, neuron: model(node.neuron) };
    case 'quantize':
      return { ...node, step: nameOf(node.step) };
    case 'scale':
      return { ...node, factor: nameOf(node.factor) };
    default:
      return node;
  }
}
