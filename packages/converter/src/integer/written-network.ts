import type { NetworkNode, Parameter, Shape } from '@rheobase/network';
import { freeName } from '@rheobase/network';

/** The nodes and parameters of an integer network, as far as they are written. */
export interface WrittenNetwork {
  readonly nodes: readonly NetworkNode[];
  readonly parameters: ReadonlyMap<string, Parameter>;
  add(node: NetworkNode): void;
  /** A node's name that neither the source network nor this one has yet. */
  freshName(stem: string): string;
  /** Adds a parameter, and gives the name it got: `name`, or with a number appended where that is taken. */
  place(name: string, parameter: Parameter): string;
  /** Adds a node that multiplies by integers, int32 of this shape, and gives its name. */
  multiply(stem: string, input: string, shape: Shape, factors: Iterable<number>): string;
}

/** An integer network with nothing in it yet. @param taken names that its own nodes must not get. */
export function writtenNetwork(taken: Iterable<string>): WrittenNetwork {
  const nodes: NetworkNode[] = [];
  const parameters = new Map<string, Parameter>();
  const nodeNames = new Set(taken);

  function freshName(stem: string): string {
    const name = freeName(stem, nodeNames);
    nodeNames.add(name);
    return name;
  }

  function place(name: string, parameter: Parameter): string {
    const placed = freeName(name, parameters);
    parameters.set(placed, parameter);
    return placed;
  }

  return {
    nodes,
    parameters,
    add: (node) => void nodes.push(node),
    freshName,
    place,
    multiply: (stem, input, shape, factors) => {
      const name = freshName(stem);
      const factor = place(`${name}.factor`, { role: 'scale', type: 'int32', shape, data: Int32Array.from(factors) });
      nodes.push({ op: 'scale', name, inputs: [input], factor });
      return name;
    },
  };
}
