import type { Network } from '@rheobase/network';

/** For every neuron node, the neuron nodes and inputs that reach it with no other neuron in between, in network order. */
export function siteReadings(network: Network): ReadonlyMap<string, readonly string[]> {
  const order = new Map(network.nodes.map(({ name }, i) => [name, i]));
  const sources = new Map<string, ReadonlySet<string>>();
  const readings = new Map<string, readonly string[]>();
  for (const node of network.nodes) {
    const reached = new Set(node.inputs.flatMap((input) => [...(sources.get(input) ?? [])]));
    if (node.op === 'neuron') {
      readings.set(
        node.name,
        [...reached].toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)),
      );
    }
    sources.set(node.name, node.op === 'neuron' || node.op === 'input' ? new Set([node.name]) : reached);
  }
  return readings;
}
