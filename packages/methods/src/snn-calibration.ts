import { positiveNumber, integer } from '@rheobase/network';
import { channelBiases, initialPotentials, layerWeights } from '@rheobase/calibrator';
import type { Paper } from './conversion-method.js';
import type { TaskWithImages } from './define-method.js';
import { methodWithImages } from './define-method.js';
import { plainSimulation } from './procedure.js';
import { recordedThresholds } from './recorded-thresholds.js';
import { runCalibration } from './run-calibration.js';
import { spikingOf } from './task-registries.js';

const paper: Paper = {
  title: 'A free lunch from ANN: towards efficient, accurate spiking neural networks calibration',
  reference: 'Li, Deng, Dong, Gong, Gu; ICML 2021; arXiv 2106.06984',
  url: 'https://arxiv.org/abs/2106.06984',
};

/** θ of each layer where T levels change its activations least: min over θ of Σ (z − θ·clip(⌊T·z/θ + ½⌋/T, 0, 1))². */
function leastSquares(task: TaskWithImages): Promise<ReadonlyMap<string, number>> {
  return recordedThresholds(task, { kind: 'least-squares', levels: task.steps });
}

/**
 * SNN calibration, the light pipeline. θ by least squares for this T; θ/(2T) is added to the input of every step; and layer by layer, each
 * after calibrated ones, b_c += mean over images and positions of (z_c − r_c), z the source's activation and r the neurons' mean output.
 */
export const lightSnnCalibration = methodWithImages(
  { network: 'source', images: 'unlabelled' },
  {
    name: 'snn-calibration-light',
    summary: 'θ by least squares, θ/(2T) a step, biases by channel from mean errors',
    paper,
    options: {},
    dependsOnSteps: true,
    convert: async (task) => {
      const { steps } = task;
      const spiking = spikingOf(task, { thresholds: await leastSquares(task), initialPotential: 'shift', steps });
      return { network: await runCalibration(task, spiking, channelBiases()), procedure: plainSimulation };
    },
  },
);

/**
 * SNN calibration, the advanced pipeline. θ by least squares for this T. Layer by layer the weights come first: they minimize the mean of
 * (z − θ·clip(⌊T·Ī/θ + ½⌋/T, 0, 1))² over the calibration images, where Ī is the layer's mean input after calibrated layers, rounding
 * straight-through, Adam with a cosine. Then, once more from input to output, the potentials: V_i(0) += T·mean over images of (z_i − r_i),
 * neuron by neuron. Neurons start from θ/2, the charge that θ/(2T) a step comes to after T steps. Without weights (`weightEpochs` 0) it
 * is what the authors' code does on CIFAR.
 */
export const advancedSnnCalibration = methodWithImages(
  { network: 'source', images: 'unlabelled' },
  {
    name: 'snn-calibration-advanced',
    summary: 'θ by least squares, weights by rounded mean input, initial potentials by neuron',
    paper,
    options: {
      weightEpochs: integer(
        'passes over the calibration images in which the weights of a layer are trained; 0: they stay',
        4,
        0,
        10_000,
      ),
      learningRate: positiveNumber('of the weights, at first', 1e-5),
    },
    dependsOnSteps: true,
    convert: async (task, { weightEpochs, learningRate }) => {
      const thresholds = await leastSquares(task);
      const started = spikingOf(task, { thresholds, initialPotential: 'half-threshold' });
      const weighted =
        weightEpochs === 0
          ? started
          : await runCalibration(task, started, layerWeights({ epochs: weightEpochs, learningRate }));
      return { network: await runCalibration(task, weighted, initialPotentials()), procedure: plainSimulation };
    },
  },
);
