import {
  type CalibrationMethod,
  defaultCalibrationLosses,
  initialPotentials,
  layerwiseBptt,
  type LayerwiseBpttOptions,
} from '@rheobase/calibrator';
import type { Network } from '@rheobase/network';
import { choice, positiveNumber, integer } from '@rheobase/network';
import { methodWithImages } from './define-method.js';
import { outputError } from './output-error.js';
import { plainSimulation } from './procedure.js';
import { runCalibration } from './run-calibration.js';
import { spikingOf } from './task-registries.js';

/** The three passes of stage II, in their order. */
export const stageTwoPassNames = ['potentials', 'bptt', 'potentialsAgain'] as const;

/** A pass of stage II: each goes over the network from input to output, and begins from what the one before it has left. */
export interface StageTwoPass {
  readonly name: (typeof stageTwoPassNames)[number];
  readonly method: CalibrationMethod;
}

/**
 * The passes of stage II: (a) V_i(0) += T·(mean activation − mean output); (b) weights, bias and V(0) of a layer by backpropagation through
 * all T steps, with a learnable surrogate slope; (c) as (a). Its result is the best of them, by whatever rule the caller chooses.
 *
 * @param names which are done
 * @param bptt how pass (b) is done
 */
export function stageTwoPasses(
  names: readonly StageTwoPass['name'][],
  bptt: LayerwiseBpttOptions,
): readonly StageTwoPass[] {
  return names.map((name) => ({ name, method: name === 'bptt' ? layerwiseBptt(bptt) : initialPotentials() }));
}

/**
 * The two-stage method: its stage I is the quantized network, fine-tuned with QC(z) = θ·clip(⌊z·L/θ + ½⌋/L, 0, 1), L = T in the paper; its stage
 * II is done here, for this T: the passes of {@link stageTwoPasses}. The best of them is taken by the mean squared difference of its outputs
 * from the quantized network's on held-out training images, so that no label is needed.
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
      epochs: integer('passes over the calibration images for each layer, at most; 0: pass (a) alone', 20, 0, 100_000),
      patience: integer('epochs without a lower held-out loss after which a layer is done', 20, 1, 100_000),
      learningRate: positiveNumber('of Adam, at first', 1e-3),
      schedule: choice('how the learning rate goes over the epochs', ['constant', 'cosine'], 'cosine'),
      batchSize: integer('images of a step', 128, 1, 65_536),
      loss: choice(
        'between a layer’s mean output and the quantized activation',
        ['kl', 'kl-by-element', 'mse', 'cosine'],
        'mse',
      ),
    },
    dependsOnSteps: true,
    convert: async (task, { epochs, patience, learningRate, schedule, batchSize, loss }) => {
      const { network: quantized, steps, images, registries } = task;
      const bptt = {
        loss: defaultCalibrationLosses.get(loss),
        epochs,
        patience,
        learningRate,
        schedule,
        batchSize,
      };
      const candidates: Network[] = [];
      let network = spikingOf(task);
      for (const { name, method } of stageTwoPasses(epochs > 0 ? stageTwoPassNames : ['potentials'], bptt)) {
        network = await runCalibration(task, network, method, name);
        candidates.push(network);
      }
      const errors = candidates.map((candidate) =>
        outputError(quantized, candidate, images.heldOut, steps, registries),
      );
      const best = candidates[errors.indexOf(Math.min(...errors))] ?? network;
      return { network: best, procedure: plainSimulation };
    },
  },
);
