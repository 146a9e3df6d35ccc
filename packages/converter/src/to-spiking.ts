import type { Network } from '@rheobase/network';
import { assertValid } from '@rheobase/network';
import { assertConvertible } from './conversion-report.js';
import type { SpikingOptions } from './plan-spiking.js';
import { planSpiking } from './plan-spiking.js';
import { applySites } from './rewrite-sites.js';

/**
 * Puts a neuron at every activation site (METHOD §4). The neuron's threshold is the site's θ, its V(0) is θ/2 by default, both of θ's shape. Linear
 * nodes do not change; everything after the last neurons is the read-out, which the outputs average over the time steps.
 *
 * @throws {ConversionError} naming the nodes that cannot be converted, including batch norms; its report covers all nodes.
 * @throws {NetworkError} if the network is not well-formed.
 * @throws if the neuron is unknown, `steps` is out of range, or a threshold is given for a name that is not a site.
 */
export function toSpiking(network: Network, options: SpikingOptions = {}): Network {
  assertValid(network);
  const { report, sites } = planSpiking(network, options);
  assertConvertible(report);
  return assertValid(applySites(network, sites, 'neuron'));
}
