import { defaultCalibrationLosses, initialPotentials, layerwiseBptt } from '@rheobase/calibrator';
import { toSpiking } from '@rheobase/converter';
import type { Network } from '@rheobase/network';
import { methodWithImages } from './define-method.js';
import { outputError } from './output-error.js';
import { plainSimulation } from './procedure.js';
import { runCalibration } from './run-calibration.js';

/**
 * The two-stage method: its stage I is the quantized network, fine-tuned with QC(z) = θ·clip(⌊z·L/θ + ½⌋/L, 0, 1), L = T in the paper; its stage
 * II is done here, for this T. Three passes from input to output, each layer after calibrated ones: (a) V_i(0) += T·(mean activation − mean
 * output); (b) weights, bias and V(0) of a layer by backpropagation through all T steps, with a learnable surrogate slope; (c) as (a). The
 * best of the three is taken by the mean squared difference of its outputs from the quantized network's on held-out training images, so
 * that no label is needed.
 */
export const twoStage = methodWithImages(
  { network: 'quantized', images: 'unlabelled' },
  {
    name: 'two-stage',
    summary: 'stage II: initial potentials, layer-wise backpropagation through time, initial potentials',
    paper: {
      title: 'Towards lossless ANN-SNN conversion under ultra-low latency with dual-phase optimization',
      reference: 'Wang, Zhang, Lian, Cui, Yan, Tang; arXiv 2205.07473; IEEE TNNLS 2023',
      url: 'https://arxiv.org/abs/2205.07473',
    },
    options: {
      epochs: {
        kind: 'number',
        initial: 20,
        minimum: 0,
        maximum: 100_000,
        whole: true,
        summary: 'passes over the calibration images for each layer, at most; 0: pass (a) alone',
      },
      patience: {
        kind: 'number',
        initial: 20,
        minimum: 1,
        maximum: 100_000,
        whole: true,
        summary: 'epochs without a lower held-out loss after which a layer is done',
      },
      learningRate: { kind: 'number', initial: 1e-3, minimum: 0, nonzero: true, summary: 'of Adam, at first' },
      schedule: {
        kind: 'choice',
        initial: 'cosine',
        choices: ['constant', 'cosine'],
        summary: 'how the learning rate goes over the epochs',
      },
      batchSize: {
        kind: 'number',
        initial: 128,
        minimum: 1,
        maximum: 65_536,
        whole: true,
        summary: 'images of a step',
      },
      loss: {
        kind: 'choice',
        initial: 'mse',
        choices: ['kl', 'kl-by-element', 'mse', 'cosine'],
        summary: 'between a layer’s mean output and the quantized activation',
      },
    } as const,
    dependsOnSteps: true,
    convert: async (task, { epochs, patience, learningRate, schedule, batchSize, loss }) => {
      const { network: quantized, steps, images } = task;
      const a = await runCalibration(task, toSpiking(quantized), initialPotentials(), 'potentials');
      const candidates: Network[] = [a];
      if (epochs > 0) {
        const bptt = layerwiseBptt({
          loss: defaultCalibrationLosses.get(loss),
          epochs,
          patience,
          learningRate,
          schedule,
          batchSize,
        });
        const b = await runCalibration(task, a, bptt, 'bptt');
        candidates.push(b, await runCalibration(task, b, initialPotentials(), 'potentials again'));
      }
      const errors = candidates.map((network) => outputError(quantized, network, images.heldOut, steps));
      const best = candidates[errors.indexOf(Math.min(...errors))] ?? a;
      return { network: best, procedure: plainSimulation };
    },
  },
);
