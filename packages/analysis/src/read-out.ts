import type { Network } from '@rheobase/network';
import { analogHead, isSite } from '@rheobase/network';

/**
 * The nodes of the read-out: those after the last neurons (or activations), whose values reach outputs and no further
 * neuron.
 */
export function readOutNodes(network: Network): ReadonlySet<string> {
  const beforeSites = new Set<string>();
  const readOut = new Set<string>();
  const head = analogHead(network);
  for (const node of network.nodes.toReversed()) {
    const site = isSite(node) && !head.has(node.name);
    if (site || beforeSites.has(node.name)) for (const input of node.inputs) beforeSites.add(input);
    if (!site && !beforeSites.has(node.name)) readOut.add(node.name);
  }
  return readOut;
}
