import type { Network } from '@rheobase/network';
import { activationSites } from '@rheobase/network';

/** Activation sites whose threshold must come from data. */
export function sitesWithoutThreshold(network: Network): readonly string[] {
  return activationSites(network)
    .filter(({ activation }) => activation.parameters['threshold'] === undefined)
    .map(({ name }) => name);
}
