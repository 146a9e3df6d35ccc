import type { Network, NetworkNode, Registry } from '@rheobase/network';
import { assertValid, consumersOf, withInputs } from '@rheobase/network';
import { defaultSiteConversions } from './default-site-conversions.js';
import type { SiteConversion } from './site-conversion.js';

export interface PoolBeforeSitesOptions {
  /** Activations that never fall as their input rises. Default: those that can be converted. */
  readonly conversions?: Registry<SiteConversion>;
}

/**
 * Moves every max pooling that follows an activation site, and no other site before that, in front of it: max(f(z)) = f(max(z)) for an f that never
 * falls, so the network computes the same. Where images are fed unchanged at every step, that pooling then sees constant values, and is computed
 * once; one after spikes has to count them (docs/decisions/0016).
 *
 * A site is left alone if anything besides the pooling reads it.
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
  /** The node that takes the place of another: a site that of its pooling, and the other way round. */
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
  /** A node that read the pooling now reads the site after it. */
  const renamed = new Map(
    [...moved].flatMap(([place, node]) => (node.op === 'activation' ? [[place, node.name] as const] : [])),
  );
  const nameNow = (name: string): string => renamed.get(name) ?? name;
  return assertValid({
    ...network,
    nodes: network.nodes.map((node) => moved.get(node.name) ?? withInputs(node, nameNow)),
  });
}
