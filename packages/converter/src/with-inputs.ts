import type { NetworkNode } from '@rheobase/network';

/** The same node, reading the nodes that its inputs are called now. */
export function withInputs(node: NetworkNode, nameNow: (name: string) => string): NetworkNode {
  const same = node.inputs.every((input) => nameNow(input) === input);
  if (same) return node;
  switch (node.op) {
    case 'input':
      return node;
    case 'add':
    case 'concat':
      return { ...node, inputs: node.inputs.map(nameNow) };
    default:
      return { ...node, inputs: [nameNow(node.inputs[0])] };
  }
}
