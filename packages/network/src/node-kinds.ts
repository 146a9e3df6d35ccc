import type { Network } from './network.js';
import type { NetworkNode, NodeOf } from './node.js';

/** An activation node, or the neurons that replaced it. */
export function isSite(node: NetworkNode): node is NodeOf<'activation' | 'neuron'> {
  return node.op === 'activation' || node.op === 'neuron';
}

/** Whether a network has neurons, so that it runs over time steps. */
export function isSpiking({ nodes }: Network): boolean {
  return nodes.some(({ op }) => op === 'neuron');
}
