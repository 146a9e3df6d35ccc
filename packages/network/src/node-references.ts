import type { Network } from './network.js';
import type { NetworkNode, WeightedNode } from './node.js';
import { operationOf } from './operations/operations.js';

/** Whether a node is a layer with weights. */
export function isWeighted(node: NetworkNode | undefined): node is WeightedNode {
  return node !== undefined && 'weight' in node;
}

/** The node with its inputs renamed. */
export function withInputs<N extends NetworkNode>(node: N, nameNow: (name: string) => string): N {
  if (node.inputs.every((input) => nameNow(input) === input)) return node;
  return { ...node, inputs: node.inputs.map(nameNow) };
}

/** The node with its parameters renamed. */
export function withParameterNames<N extends NetworkNode>(node: N, nameNow: (name: string) => string): N {
  const renamed = (value: unknown): unknown => {
    if (typeof value === 'string') return nameNow(value);
    if (typeof value !== 'object' || value === null || !('parameters' in value)) return value;
    const names = Object.entries(value.parameters ?? {}).map(([part, name]) => [part, nameNow(String(name))]);
    return { ...value, parameters: Object.fromEntries(names) };
  };
  const values = new Map<string, unknown>(Object.entries(node));
  const fields = (operationOf(node).parameters ?? []).filter((field) => values.has(field));
  return { ...node, ...Object.fromEntries(fields.map((field) => [field, renamed(values.get(field))])) };
}

/** Names of the parameters a node uses, weights first. */
export function parametersUsedBy(node: NetworkNode): readonly string[] {
  const names: string[] = [];
  withParameterNames(node, (name) => {
    names.push(name);
    return name;
  });
  return names;
}

/** The network with only the parameters its nodes use. */
export function withoutUnusedParameters(network: Network): Network {
  const used = new Set(network.nodes.flatMap(parametersUsedBy));
  return { ...network, parameters: new Map([...network.parameters].filter(([name]) => used.has(name))) };
}
