import type { Network } from '@rheobase/network';
import { parameterOf } from '@rheobase/network';
import { nextFrame } from '@tensorflow/tfjs-core';
import type { CalibrationMethod } from './calibration-method.js';
import { withChannelBias, withShiftedBias } from './channel-bias.js';
import { withShiftedPotentials } from './initial-potentials.js';
import { withOwnPotentials } from './own-parameters.js';
import { siteLoss } from './site-loss.js';
import type { SiteOutcome, SiteTask } from './site-task.js';

export interface LightCalibrationOptions {
  /** Rounds in which biases and then potentials are corrected; default: 4. A round that does not help on the held-out images is undone. */
  readonly rounds?: number;
}

/**
 * Calibration without gradients and labels, after Li, Deng, Dong, Gong, Gu, "A free lunch from ANN: towards efficient, accurate
 * spiking neural networks calibration", ICML 2021: first b_c += mean over images and positions of (activation − time-mean output), a
 * channel at a time, then V_i(0) += T·(mean over images of the same), a neuron at a time; in turn, as each changes what the other has
 * to correct. A round is kept if it lowers the mean squared error on the held-out images.
 *
 * @throws if `rounds` is not an integer from 1.
 */
export function lightCalibration({ rounds = 4 }: LightCalibrationOptions = {}): CalibrationMethod {
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new Error(`The option 'rounds' of lightCalibration is ${rounds}; it must be an integer from 1.`);
  }
  const name = 'light';
  return {
    name,
    summary: 'biases by channel and potentials by neuron from mean errors; no gradients, no labels',
    description: { name, rounds },
    readOut: 'fixed',
    keepsBest: true,
    calibrateSite: (task) => correct(task, rounds),
  };
}

async function correct(task: SiteTask, rounds: number): Promise<SiteOutcome | undefined> {
  const { network, bias, potentials } = prepare(task);
  const before = siteLoss(network, task, task.heldOut);
  let best = { network, loss: before, round: 0 };
  let current = network;
  for (let round = 1; round <= rounds; round++) {
    if (task.signal?.aborted === true) return undefined;
    if (bias !== undefined) current = withShiftedBias(current, bias, task);
    if (potentials !== undefined) current = withShiftedPotentials(current, potentials, task);
    const heldOutLoss = siteLoss(current, task, task.heldOut);
    task.onEpoch({ epoch: round, loss: siteLoss(current, task, task.calibration), heldOutLoss });
    if (heldOutLoss < best.loss) best = { network: current, loss: heldOutLoss, round };
    await nextFrame();
  }
  const counted = [bias, potentials].flatMap((name) => (name === undefined ? [] : [parameterOf(network, name).data]));
  return {
    network: best.network,
    epochs: rounds,
    bestEpoch: best.round,
    trainedParameters: counted.reduce((sum, { length }) => sum + length, 0),
    heldOutLoss: { before, after: best.loss },
  };
}

/** The network with a bias and potentials of the site's own, where it can have them. */
function prepare({ network, segment, site }: SiteTask): {
  readonly network: Network;
  readonly bias: string | undefined;
  readonly potentials: string | undefined;
} {
  const layer = withChannelBias(network, segment);
  const own = withOwnPotentials(layer.network, site);
  return { network: own?.network ?? layer.network, bias: layer.bias, potentials: own?.parameter };
}
