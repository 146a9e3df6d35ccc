import type { Network } from '@rheobase/network';

/**
 * Number of trained values of a network, as papers count its parameters: all but the running means and variances of batch
 * norms.
 */
export function parameterCount(network: Network): number {
  let count = 0;
  for (const { role, data } of network.parameters.values()) if (role !== 'statistic') count += data.length;
  return count;
}
