import type { AvgPoolNode, Network } from '@rheobase/network';
import { assertValid } from '@rheobase/network';

export interface MaxPoolReplacement {
  /** Divisor of a window that reaches into the padding. Default: `window`, which counts padding as zeros. */
  readonly divisor?: AvgPoolNode['divisor'];
}

/**
 * Replaces every max pooling with an average pooling with the same windows (METHOD §2). This changes what the network computes: do it before
 * training, or train again.
 *
 * @throws {NetworkError} if the network is not well-formed.
 */
export function replaceMaxPool(network: Network, { divisor = 'window' }: MaxPoolReplacement = {}): Network {
  assertValid(network);
  return {
    ...network,
    nodes: network.nodes.map((node) => (node.op === 'maxPool' ? { ...node, op: 'avgPool', divisor } : node)),
  };
}
