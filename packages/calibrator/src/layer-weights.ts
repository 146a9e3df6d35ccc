import type { BoundNetwork } from '@rheobase/execution';
import { bind, disposeScope, liveParameter, meanOverTime } from '@rheobase/execution';
import type { Network, NetworkNode } from '@rheobase/network';
import { NetworkError, nodeOf, parameterOf, permutation, randomStream } from '@rheobase/network';
import type { Schedule, Trainable } from '@rheobase/training';
import { adamW, cosine } from '@rheobase/training';
import type { Scalar } from '@tensorflow/tfjs-core';
import { dispose, mul, nextFrame, tidy } from '@tensorflow/tfjs-core';
import type { CalibrationMethod } from './calibration-method.js';
import { runsOf } from './image-batches.js';
import { meanSquaredError } from './mean-squared-error.js';
import { withOwnLayer } from './own-parameters.js';
import { segmentNetwork, withParametersOf } from './segment-network.js';
import { siteLoss } from './site-loss.js';
import type { SiteOutcome, SiteTask } from './site-task.js';
import { type LayerGradients, summedGradients } from './summed-gradients.js';

export interface LayerWeightsOptions {
  /** Of Adam, from where half a cosine leads to 0; default: 1e-5. */
  readonly learningRate?: number;
  /** Passes over the calibration images; default: 4. */
  readonly epochs?: number;
  /** Images per step; default: 32. */
  readonly batchSize?: number;
}

interface Settings {
  readonly schedule: Schedule;
  readonly epochs: number;
  readonly batchSize: number;
}

/**
 * Weight calibration, of the advanced pipeline of Li et al., ICML 2021: a layer's weights are trained so that the clipped and rounded
 * value of its mean input, θ·clip(⌊T·Ī/θ + ½⌋/T, 0, 1), comes near the activation on the same images, in the mean of squares. Rounding is
 * straight-through; time is not unrolled. Biases, potentials, thresholds and shortcuts stay. The weights kept are those with which the site's
 * spikes come nearest on the held-out images, those from before among them.
 *
 * @throws naming the option that is out of range.
 */
export function layerWeights({
  learningRate = 1e-5,
  epochs = 4,
  batchSize = 32,
}: LayerWeightsOptions = {}): CalibrationMethod {
  if (!(learningRate > 0 && Number.isFinite(learningRate))) {
    throw new Error(`The option 'learningRate' of layerWeights is ${learningRate}; it must be positive.`);
  }
  for (const [option, value] of Object.entries({ epochs, batchSize })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new Error(`The option '${option}' of layerWeights is ${value}; it must be an integer from 1.`);
    }
  }
  const name = 'layer-weights';
  const settings = { schedule: cosine(learningRate), epochs, batchSize };
  return {
    name,
    summary: 'weights of one layer at a time, by the rounded value of its mean input; time is not unrolled',
    description: { name, learningRate, epochs, batchSize },
    readOut: 'fixed',
    keepsBest: true,
    calibrateSite: (task) => trainWeights(task, settings),
  };
}

async function trainWeights(task: SiteTask, settings: Settings): Promise<SiteOutcome | undefined> {
  const own = withOwnLayer(task.network, task.segment);
  const weights = own.parameters.filter((name) => parameterOf(own.network, name).role === 'weight');
  const before = siteLoss(own.network, task, task.heldOut);
  let best = { network: own.network, loss: before, epoch: 0 };
  const scope = disposeScope();
  const bound = scope.add(bind(roundedSegment(own.network, task), task.registries));
  const trainables = new Map<string, Trainable>(
    weights.map((name) => [name, { variable: liveParameter(bound.live, name), role: 'weight' }]),
  );
  try {
    const optimizer = scope.add(adamW().begin(trainables));
    for (let epoch = 0; epoch < settings.epochs && weights.length > 0; epoch++) {
      if (task.signal?.aborted === true) return undefined;
      const { count } = task.calibration;
      const order = permutation(count, randomStream(task.seed, epoch));
      const batches = Math.ceil(count / settings.batchSize);
      let [batch, total] = [0, 0];
      for (const places of runsOf(count, settings.batchSize)) {
        const chosen = places.map((place) => order[place] ?? 0);
        const { loss, gradients } = gradientsOn(bound, trainables, task, chosen);
        const progress = (epoch * batches + batch) / (settings.epochs * batches);
        try {
          tidy(() => optimizer.step(gradients, settings.schedule(progress)));
        } finally {
          dispose([...gradients.values()]);
        }
        total += loss * chosen.length;
        batch++;
      }
      const network = withParametersOf(own.network, bound.snapshot());
      const heldOutLoss = siteLoss(network, task, task.heldOut);
      task.onEpoch({ epoch: epoch + 1, loss: total / count, heldOutLoss });
      if (heldOutLoss < best.loss) best = { network, loss: heldOutLoss, epoch: epoch + 1 };
      // Lets a signal, or a page, have its turn.
      await nextFrame();
    }
    return {
      network: best.network,
      epochs: settings.epochs,
      bestEpoch: best.epoch,
      trainedParameters: weights.reduce((sum, name) => sum + parameterOf(own.network, name).data.length, 0),
      heldOutLoss: { before, after: best.loss },
    };
  } finally {
    scope.dispose();
  }
}

/** The segment with the clipped and rounded value of the mean input, T levels of it, where its neurons are. */
function roundedSegment(network: Network, { segment, steps }: SiteTask): Network {
  const end = nodeOf(network, segment.end);
  const threshold = end.op === 'neuron' ? end.neuron.parameters['threshold'] : undefined;
  if (end.op === 'neuron' && end.stepBias !== undefined) {
    throw new NetworkError([
      {
        subject: end.name,
        message: 'it has a step bias, which its mean input does not show; calibrate weights before ftbc',
      },
    ]);
  }
  if (threshold === undefined) {
    throw new NetworkError([
      { subject: segment.end, message: 'its weights are calibrated by a threshold, which it lacks' },
    ]);
  }
  const rounding: NetworkNode = {
    op: 'activation',
    name: end.name,
    inputs: [end.inputs[0] ?? ''],
    activation: { kind: 'quant-clip', parameters: { threshold }, attributes: { levels: steps } },
  };
  const nodes = network.nodes.map((node) => (node.name === end.name ? rounding : node));
  return segmentNetwork({ ...network, nodes }, segment);
}

function gradientsOn(
  bound: BoundNetwork,
  trainables: ReadonlyMap<string, Trainable>,
  { site, steps, calibration, imagesAtOnce }: SiteTask,
  chosen: Int32Array,
): LayerGradients {
  const runs = Array.from(runsOf(chosen.length, imagesAtOnce), (run) => run.map((k) => chosen[k] ?? 0));
  return summedGradients(trainables, runs, (images) => {
    const means = new Map([...calibration.inputs(images)].map(([name, value]) => [name, meanOverTime(value, steps)]));
    const target = calibration.targets(images);
    return () => {
      const output = bound.runPart(means, [site]).get(site);
      if (output === undefined) throw new NetworkError([{ subject: site, message: 'it gave no value' }]);
      return mul(meanSquaredError.evaluate(output, target), images.length / chosen.length) as Scalar;
    };
  });
}
