import type { Network } from '@rheobase/network';
import { NetworkError, parameterOf } from '@rheobase/network';
import { bindSite } from './bound-site.js';
import type { CalibrationMethod } from './calibration-method.js';
import { meanGap } from './output-gap.js';
import { withOwnPotentials, withValues } from './own-parameters.js';
import type { SiteTask } from './site-task.js';

/**
 * Initial potentials, the steps (a) and (c) of METHOD.md §6: V_i(0) += T·(mean over images of the quantized network's activation −
 * mean over images and time of θ·s), for every neuron i of a site, each channel and position by itself. What a neuron says too
 * little or too much on average is put in, or taken out, before it starts. No gradients.
 */
export function initialPotentials(): CalibrationMethod {
  const name = 'initial-potentials';
  return {
    name,
    summary: 'V(0) += T·(mean activation − mean output), neuron by neuron; no gradients',
    description: { name },
    readOut: 'fixed',
    keepsBest: false,
    calibrateSite: async (task) => {
      const { network, parameter } = potentialsOf(task);
      const moved = withShiftedPotentials(network, parameter, task);
      return {
        network: moved,
        epochs: 0,
        bestEpoch: 0,
        trainedParameters: parameterOf(moved, parameter).data.length,
      };
    },
  };
}

function potentialsOf({ network, site }: SiteTask): { readonly network: Network; readonly parameter: string } {
  const own = withOwnPotentials(network, site);
  if (own === undefined) {
    const message = 'its neuron model has no initial potential to calibrate; convert to one that has, such as `if`';
    throw new NetworkError([{ subject: site, message }]);
  }
  return own;
}

/** The network with T·gap added to a site's V(0). */
export function withShiftedPotentials(network: Network, parameter: string, task: SiteTask): Network {
  const site = bindSite(network, task);
  try {
    const gap = meanGap(site, task.calibration, task);
    const { data } = parameterOf(network, parameter);
    return withValues(
      network,
      parameter,
      Float32Array.from(data, (potential, i) => potential + task.steps * (gap[i] ?? 0)),
    );
  } finally {
    site.dispose();
  }
}
