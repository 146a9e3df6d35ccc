import type { Network } from './network.js';
import type { ActivationNode, NetworkNode, NodeOf } from './node.js';
import { operationOf } from './operations/operations.js';

/** Whether a node's operation is neither linear nor a site: a function, a product, a softmax. */
export function isAnalog(node: NetworkNode): node is NodeOf<'function' | 'combine' | 'softmax' | 'argMax'> {
  return operationOf(node).analog === true;
}

const heads = new WeakMap<readonly NetworkNode[], ReadonlySet<string>>();

/**
 * The analog head of a network: every analog node and every node downstream of one, outputs included (docs/decisions/0038). In a spiking network a node
 * of the head reads the mean over the time steps so far of each input that is not in the head, and values of the head as they are.
 */
export function analogHead({ nodes }: Network): ReadonlySet<string> {
  const found = heads.get(nodes);
  if (found !== undefined) return found;
  const head = new Set<string>();
  for (const node of nodes) {
    if (isAnalog(node) || node.inputs.some((input) => head.has(input))) head.add(node.name);
  }
  heads.set(nodes, head);
  return head;
}

/** The activations that conversion puts neurons at: all outside of the analog head, where they stay what they are. */
export function activationSites(network: Network): readonly ActivationNode[] {
  const head = analogHead(network);
  return network.nodes.filter((node): node is ActivationNode => node.op === 'activation' && !head.has(node.name));
}
