import type { AvgPoolNode, Network, NetworkNode } from '@rheobase/network';
import { analogHead, assertValid } from '@rheobase/network';

export interface MaxPoolReplacement {
  /** Divisor of a window that reaches into the padding. Default: `window`, which counts padding as zeros. */
  readonly divisor?: AvgPoolNode['divisor'];
}

/**
 * Replaces every max pooling outside of the analog head with an average pooling with the same windows (METHOD §2). This changes what the network computes: do it before
 * training, or train again.
 *
 * @throws {NetworkError} if the network is not well-formed.
 */
export function replaceMaxPool(network: Network, { divisor = 'window' }: MaxPoolReplacement = {}): Network {
  assertValid(network);
  const head = analogHead(network);
  const nodes = network.nodes.map(
    (node): NetworkNode => (node.op === 'maxPool' && !head.has(node.name) ? { ...node, op: 'avgPool', divisor } : node),
  );
  return { ...network, nodes };
}
