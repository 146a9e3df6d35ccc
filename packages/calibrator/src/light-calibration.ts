import type { Network } from '@rheobase/network';
import { nodeOf, parameterOf } from '@rheobase/network';
import { nextFrame } from '@tensorflow/tfjs-core';
import { bindSite } from './bound-site.js';
import type { CalibrationMethod } from './calibration-method.js';
import { withShiftedPotentials } from './initial-potentials.js';
import { meanSquaredError } from './mean-squared-error.js';
import { meanGap } from './output-gap.js';
import { withOwnLayer, withOwnPotentials, withValues } from './own-parameters.js';
import type { Segment } from './segment.js';
import { isWeighted } from './segment.js';
import type { SiteOutcome, SiteTask } from './site-task.js';

export interface LightCalibrationOptions {
  /** How often biases and potentials are corrected in turn; 4 unless given. What does not help on the held-out images is taken back. */
  readonly rounds?: number;
}

/**
 * Calibration without gradients and labels, after Li, Deng, Dong, Gong, Gu, "A free lunch from ANN: towards efficient, accurate
 * spiking neural networks calibration", ICML 2021: first b_c += mean over images and positions of (activation − time-mean output), a
 * channel at a time, then V_i(0) += T·(mean over images of the same), a neuron at a time; in turn, as each changes what the other has
 * to correct. A round is kept if it lowers the mean squared error on the held-out images.
 *
 * @throws if `rounds` is no whole number from 1.
 */
export function lightCalibration({ rounds = 4 }: LightCalibrationOptions = {}): CalibrationMethod {
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new Error(`The option 'rounds' of lightCalibration is ${rounds}; it must be a whole number from 1.`);
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
  const before = lossOf(network, task, task.heldOut);
  let best = { network, loss: before, round: 0 };
  let current = network;
  for (let round = 1; round <= rounds; round++) {
    if (task.signal?.aborted === true) return undefined;
    if (bias !== undefined) current = withShiftedBias(current, bias, task);
    if (potentials !== undefined) current = withShiftedPotentials(current, potentials, task);
    const heldOutLoss = lossOf(current, task, task.heldOut);
    task.onEpoch({ epoch: round, loss: lossOf(current, task, task.calibration), heldOutLoss });
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
  const layer = withOwnLayer(network, segment);
  const own = withOwnPotentials(layer.network, site);
  const last = lastOfLayer(layer.network, segment);
  const node = last === undefined ? undefined : nodeOf(layer.network, last);
  return {
    network: own?.network ?? layer.network,
    bias: node !== undefined && isWeighted(node) ? node.bias : undefined,
    potentials: own?.parameter,
  };
}

/** The weighted node of the layer whose channels are those of the site: nothing between them joins, cuts or orders channels anew. */
function lastOfLayer(network: Network, { end, nodes, layer }: Segment): string | undefined {
  let names: readonly string[] = nodeOf(network, end).inputs;
  while (names.length > 0) {
    const found = names.find((name) => layer.includes(name));
    if (found !== undefined) return found;
    names = names.flatMap((name) => {
      const node = nodeOf(network, name);
      if (!nodes.includes(name)) return [];
      return ['add', 'avgPool', 'globalAvgPool', 'upsample', 'subsample'].includes(node.op) ? node.inputs : [];
    });
  }
  return undefined;
}

/** The network with the mean gap of each channel added to a bias. */
function withShiftedBias(network: Network, bias: string, task: SiteTask): Network {
  const site = bindSite(network, task);
  try {
    const gap = meanGap(site, task.calibration, task);
    const { data } = parameterOf(network, bias);
    const channels = data.length;
    const sums = new Float64Array(channels);
    for (const [i, value] of gap.entries()) sums[i % channels] = (sums[i % channels] ?? 0) + value;
    return withValues(
      network,
      bias,
      Float32Array.from(data, (value, c) => value + ((sums[c] ?? 0) * channels) / gap.length),
    );
  } finally {
    site.dispose();
  }
}

function lossOf(network: Network, task: SiteTask, images: SiteTask['heldOut']): number {
  const site = bindSite(network, task);
  try {
    return site.loss(images, meanSquaredError);
  } finally {
    site.dispose();
  }
}
