import type { Network } from './network.js';
import type { NetworkNode, NodeOf } from './node.js';

/** Where an activation stands, or the neurons that took its place. */
export function isSite(node: NetworkNode): node is NodeOf<'activation' | 'neuron'> {
  return node.op === 'activation' || node.op === 'neuron';
}

/** Whether a network has neurons, and so runs over time steps. */
export function isSpiking({ nodes }: Network): boolean {
  return nodes.some(({ op }) => op === 'neuron');
}
