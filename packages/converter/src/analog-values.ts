import type { Network, NetworkNode } from '@rheobase/network';
import { isSite } from '@rheobase/network';

/** Which values of a network are analog although its sites have neurons. */
export interface AnalogValues {
  /** The node depends on no site: in a spiking network its value is the same at every step. */
  isConstant(name: string): boolean;
  /** No site depends on the node: its value reaches only outputs. */
  isReadOut(name: string): boolean;
  /** The weighted layers whose values reach this node with no site in between; empty if it reads spikes or the input. */
  weightedSources(node: NetworkNode): readonly string[];
}

/** @param computes whether the node computes with weights in the spiking network */
export function analogValues(network: Network, computes: (node: NetworkNode) => boolean): AnalogValues {
  const changing = new Set<string>();
  const sources = new Map<string, ReadonlySet<string>>();
  for (const node of network.nodes) {
    if (isSite(node) || node.inputs.some((input) => changing.has(input))) changing.add(node.name);
    const reaching = new Set(node.inputs.flatMap((input) => [...(sources.get(input) ?? [])]));
    sources.set(node.name, isSite(node) ? new Set() : computes(node) ? new Set([node.name]) : reaching);
  }
  const beforeSites = new Set<string>();
  for (const node of network.nodes.toReversed()) {
    if (isSite(node) || beforeSites.has(node.name)) for (const input of node.inputs) beforeSites.add(input);
  }
  return {
    isConstant: (name) => !changing.has(name),
    isReadOut: (name) => !beforeSites.has(name),
    weightedSources: (node) => [...new Set(node.inputs.flatMap((input) => [...(sources.get(input) ?? [])]))],
  };
}
