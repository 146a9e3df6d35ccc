import { type Network, unknownName, withoutUnusedParameters } from '@rheobase/network';
import type { NetworkOfFile } from './network-of-file.js';

/**
 * A network of a file with one of its outputs alone, that of its classes: only nodes and parameters which that output depends on.
 *
 * @param name of the output, in the file
 * @throws naming the outputs that there are, if it is none of them.
 */
export function withClassOutput(read: NetworkOfFile, name: string): NetworkOfFile {
  const { network, file, inputs, outputs, nodes } = read;
  const output = outputs.find((port) => port.name === name);
  if (output?.node === undefined) {
    const names = outputs.map((port) => port.name);
    throw new Error(`${file}: ${unknownName('output', name, names)}`);
  }
  const own = dependenciesOf(network, output.node);
  return {
    ...read,
    network: withoutUnusedParameters({ ...network, nodes: network.nodes.filter((node) => own.has(node.name)) }),
    inputs: inputs.map((port) => (port.node !== undefined && own.has(port.node) ? port : { ...port, node: undefined })),
    outputs: [output],
    nodes: nodes.map((node) => ({ ...node, becomes: node.becomes.filter((known) => own.has(known)) })),
  };
}

/** A node, and the nodes that it depends on. */
function dependenciesOf({ nodes }: Network, name: string): ReadonlySet<string> {
  const own = new Set([name]);
  for (const node of nodes.toReversed()) if (own.has(node.name)) for (const input of node.inputs) own.add(input);
  return own;
}
