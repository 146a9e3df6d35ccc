import type { AddNode, Network, NetworkNode, NeuronNode, WeightedNode } from '@rheobase/network';
import { analogHead, consumersOf, isWeighted } from '@rheobase/network';

/**
 * Everything that is summed into one value, and so needs a common unit: a single weighted layer, or all inputs of an addition, through nested
 * additions. A layer belongs to a sum if nothing else reads it.
 */
export interface Sum {
  /** The node that computes the sum. */
  readonly root: string;
  readonly layers: readonly WeightedNode[];
  /** Other addends: shortcuts. Each occurrence counts. */
  readonly others: readonly string[];
  /** The neurons that read the sum. */
  readonly neurons: readonly NeuronNode[];
}

export interface Sums {
  /** The sum that a weighted layer or an addition belongs to. */
  of(node: WeightedNode | AddNode): Sum;
  /** Whether an input of an addition is a shortcut rather than one of the sum's layers and additions. */
  isOther(name: string): boolean;
}

/** Finds the sums of a network. */
export function findSums(network: Network): Sums {
  const nodes = new Map(network.nodes.map((node) => [node.name, node]));
  const consumers = consumersOf(network);
  // Additions of the analog head add real numbers.
  const head = analogHead(network);
  const readersOf = (name: string): readonly NetworkNode[] => consumers.get(name) ?? [];
  /** The addition that is the only reader of a layer or an addition. */
  const additionOver = (name: string): AddNode | undefined => {
    const [reader, ...more] = readersOf(name);
    return reader?.op === 'add' && !head.has(reader.name) && more.length === 0 ? reader : undefined;
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
