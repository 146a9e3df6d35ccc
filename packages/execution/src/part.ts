import type { Network, NetworkNode } from '@rheobase/network';
import { nodeOf } from '@rheobase/network';

/**
 * The nodes to evaluate, in network order, for the wanted ones when the given ones are known: what lies behind a given node is
 * left out, and so is the given node itself.
 *
 * @throws {NetworkError} if a wanted or given node is none of the network's.
 */
export function nodesBetween(
  network: Network,
  given: { readonly keys: () => Iterable<string>; readonly has: (name: string) => boolean },
  wanted: readonly string[],
): readonly NetworkNode[] {
  for (const name of [...given.keys(), ...wanted]) nodeOf(network, name);
  const needed = new Set(wanted.filter((name) => !given.has(name)));
  // Every node stands after those it reads: one pass backwards finds all that is needed.
  for (const node of network.nodes.toReversed()) {
    if (!needed.has(node.name)) continue;
    for (const input of node.inputs) if (!given.has(input)) needed.add(input);
  }
  return network.nodes.filter(({ name }) => needed.has(name));
}
