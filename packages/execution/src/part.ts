import type { Network, NetworkNode } from '@rheobase/network';
import { nodeOf } from '@rheobase/network';

/**
 * The nodes to evaluate, in network order, to get the wanted ones from the given ones. Given nodes and those needed only for them are excluded.
 *
 * @throws {NetworkError} if a wanted or given node is not in the network.
 */
export function nodesBetween(
  network: Network,
  given: { readonly keys: () => Iterable<string>; readonly has: (name: string) => boolean },
  wanted: readonly string[],
): readonly NetworkNode[] {
  for (const name of [...given.keys(), ...wanted]) nodeOf(network, name);
  const needed = new Set(wanted.filter((name) => !given.has(name)));
  // Nodes are in topological order, so one backward pass finds all that are needed.
  for (const node of network.nodes.toReversed()) {
    if (!needed.has(node.name)) continue;
    for (const input of node.inputs) if (!given.has(input)) needed.add(input);
  }
  return network.nodes.filter(({ name }) => needed.has(name));
}
