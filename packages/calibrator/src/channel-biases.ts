import { parameterOf } from '@rheobase/network';
import type { CalibrationMethod } from './calibration-method.js';
import { withChannelBias, withShiftedBias } from './channel-bias.js';

/**
 * Bias calibration, the light pipeline of Li, Deng, Dong, Gong, Gu, "A free lunch from ANN: towards efficient, accurate spiking neural
 * networks calibration", ICML 2021: b_c += mean over images and positions of (activation − time-mean output), once for every site after
 * those that already are calibrated. A site that no bias reaches by channel stays. No gradients, no labels.
 */
export function channelBiases(): CalibrationMethod {
  const name = 'channel-biases';
  return {
    name,
    summary: 'biases by channel from mean errors, once; no gradients, no labels',
    description: { name },
    readOut: 'fixed',
    keepsBest: false,
    calibrateSite: async (task) => {
      const { network, bias } = withChannelBias(task.network, task.segment);
      return {
        network: bias === undefined ? network : withShiftedBias(network, bias, task),
        epochs: 0,
        bestEpoch: 0,
        trainedParameters: bias === undefined ? 0 : parameterOf(network, bias).data.length,
      };
    },
  };
}
