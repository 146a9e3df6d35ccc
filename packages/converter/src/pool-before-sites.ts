import type { Network, NetworkNode, Registry } from '@rheobase/network';
import { assertValid, consumersOf, withInputs } from '@rheobase/network';
import { defaultSiteConversions } from './default-site-conversions.js';
import type { SiteConversion } from './site-conversion.js';

export interface PoolBeforeSitesOptions {
  /** Monotonically non-decreasing activations. Default: those that can be converted. */
  readonly conversions?: Registry<SiteConversion>;
}

/**
 * Moves every max pooling that follows the first activation site in front of it: max(f(z)) = f(max(z)) for a non-decreasing f, so the network
 * computes the same. With direct coding, that pooling then has constant inputs and is computed once; a pooling after spikes has to count them
 * (docs/decisions/0016).
 *
 * A site that other nodes read too is not moved.
 *
 * @throws {NetworkError} if the network is not well-formed.
 */
export function poolBeforeSites(
  network: Network,
  { conversions = defaultSiteConversions }: PoolBeforeSitesOptions = {},
): Network {
  assertValid(network);
  const consumers = consumersOf(network);
  const behindSite = new Set<string>();
  /** Replacements by node name: sites and their poolings swap places. */
  const moved = new Map<string, NetworkNode>();
  for (const node of network.nodes) {
    const isBehind = node.inputs.some((input) => behindSite.has(input));
    if (node.op === 'activation' || isBehind) behindSite.add(node.name);
    if (node.op !== 'activation' || isBehind || !conversions.has(node.activation.kind)) continue;
    const readers = consumers.get(node.name) ?? [];
    const [pool] = readers;
    if (readers.length !== 1 || pool?.op !== 'maxPool') continue;
    moved.set(node.name, { ...pool, inputs: node.inputs });
    moved.set(pool.name, { ...node, inputs: [pool.name] });
  }
  if (moved.size === 0) return network;
  /** Nodes that read the pooling now read the site after it. */
  const renamed = new Map(
    [...moved].flatMap(([place, node]) => (node.op === 'activation' ? [[place, node.name] as const] : [])),
  );
  const nameNow = (name: string): string => renamed.get(name) ?? name;
  return assertValid({
    ...network,
    nodes: network.nodes.map((node) => moved.get(node.name) ?? withInputs(node, nameNow)),
  });
}
