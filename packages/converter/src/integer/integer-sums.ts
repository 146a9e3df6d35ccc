import type { AddNode, Network, NetworkNode, NeuronNode, WeightedNode } from '@rheobase/network';
import { consumersOf, isWeighted } from '@rheobase/network';

/**
 * What is added up into one value, and so must have one unit: a weighted layer alone, or all that an addition reads, through
 * further additions. A layer belongs to a sum if nothing else reads it.
 */
export interface Sum {
  /** The node that has the sum. */
  readonly root: string;
  readonly layers: readonly WeightedNode[];
  /** Other values that are added as they are: shortcuts. Each occurrence counts. */
  readonly others: readonly string[];
  /** The neurons that read the sum. */
  readonly neurons: readonly NeuronNode[];
}

export interface Sums {
  /** The sum that a weighted layer or an addition is in. */
  of(node: WeightedNode | AddNode): Sum;
  /** Whether a node that an addition reads is a shortcut, not one of the sum's own layers and additions. */
  isOther(name: string): boolean;
}

/** Finds what is added to what. */
export function findSums(network: Network): Sums {
  const nodes = new Map(network.nodes.map((node) => [node.name, node]));
  const consumers = consumersOf(network);
  const readersOf = (name: string): readonly NetworkNode[] => consumers.get(name) ?? [];
  /** The addition that alone reads a layer or an addition. */
  const additionOver = (name: string): AddNode | undefined => {
    const [reader, ...more] = readersOf(name);
    return reader?.op === 'add' && more.length === 0 ? reader : undefined;
  };
  const isOther = (name: string): boolean => {
    const node = nodes.get(name);
    return !((isWeighted(node) || node?.op === 'add') && additionOver(name) !== undefined);
  };
  const rootOf = (node: WeightedNode | AddNode): WeightedNode | AddNode => {
    const over = additionOver(node.name);
    return over === undefined ? node : rootOf(over);
  };
  const leaves = (node: WeightedNode | AddNode): readonly (WeightedNode | string)[] => {
    if (node.op !== 'add') return [node];
    return node.inputs.flatMap((name) => {
      const input = nodes.get(name);
      return isOther(name) || input === undefined || !(isWeighted(input) || input.op === 'add')
        ? [name]
        : leaves(input);
    });
  };
  const found = new Map<string, Sum>();
  return {
    isOther,
    of: (node) => {
      const root = rootOf(node);
      const known = found.get(root.name);
      if (known !== undefined) return known;
      const parts = leaves(root);
      const sum: Sum = {
        root: root.name,
        layers: parts.filter((part) => typeof part !== 'string'),
        others: parts.filter((part) => typeof part === 'string'),
        neurons: readersOf(root.name).filter((reader) => reader.op === 'neuron'),
      };
      found.set(root.name, sum);
      return sum;
    },
  };
}
