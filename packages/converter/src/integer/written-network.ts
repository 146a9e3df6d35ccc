import type { NetworkNode, Parameter, Shape } from '@rheobase/network';
import { freeName, withParameterNames } from '@rheobase/network';

/** The nodes and parameters of an integer network written so far. */
export interface WrittenNetwork {
  readonly nodes: readonly NetworkNode[];
  readonly parameters: ReadonlyMap<string, Parameter>;
  add(node: NetworkNode): void;
  /** Adds a node with the source's parameters as they are, each once. */
  keep(node: NetworkNode, parameters: ReadonlyMap<string, Parameter>): void;
  /** A node name that neither the source network nor this one uses yet. */
  freshName(stem: string): string;
  /** Adds a parameter and returns its name: `name`, with a number appended if that is taken. */
  place(name: string, parameter: Parameter): string;
  /** Adds a node that multiplies by integers, int32 of this shape, and returns its name. */
  multiply(stem: string, input: string, shape: Shape, factors: Iterable<number>): string;
}

/** An empty integer network. @param taken names that its nodes must not get. */
export function writtenNetwork(taken: Iterable<string>): WrittenNetwork {
  const nodes: NetworkNode[] = [];
  const parameters = new Map<string, Parameter>();
  const nodeNames = new Set(taken);
  const kept = new Map<string, string>();

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
    keep: (node, source) => {
      const nameNow = (name: string): string => {
        const parameter = source.get(name);
        const placed = kept.get(name) ?? (parameter === undefined ? name : place(name, parameter));
        kept.set(name, placed);
        return placed;
      };
      nodes.push(withParameterNames(node, nameNow));
    },
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
