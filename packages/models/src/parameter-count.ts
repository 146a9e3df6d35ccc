import type { Network } from '@rheobase/network';

/**
 * Number of trained values of a network, as papers count its parameters: all but the running means and variances of batch
 * norms, and indices.
 */
export function parameterCount(network: Network): number {
  let count = 0;
  for (const { role, data } of network.parameters.values()) {
    if (role !== 'statistic' && role !== 'indices') count += data.length;
  }
  return count;
}
