import { temporalBiases } from '@rheobase/calibrator';
import { integer, numberOption } from '@rheobase/network';
import { methodWithImages } from './define-method.js';
import { plainSimulation } from './procedure.js';
import { runCalibration } from './run-calibration.js';
import { spikingOf } from './task-registries.js';

/**
 * Forward temporal bias correction (FTBC) of a quantized network. It is converted as by `qcfs`; then, layer by layer, each after corrected
 * ones, and for every step t of T: b[t, c] += rate·(mean over images and positions of the quantized activation − that of θ·s(t)). What is
 * corrected is only what the neurons say too early or too late on average.
 */
export const temporalBias = methodWithImages(
  { network: 'quantized', images: 'unlabelled' },
  {
    name: 'ftbc',
    summary: 'a bias by time step and channel from mean errors of the quantized network’s neurons',
    paper: {
      title: 'FTBC: forward temporal bias correction for optimizing ANN-SNN conversion',
      reference: 'Wu, Bojkovic, Gu, Suo, Zou; ECCV 2024; arXiv 2403.18388',
      url: 'https://arxiv.org/abs/2403.18388',
    },
    options: {
      rate: numberOption('the fraction of a mean error that an iteration corrects', 0.4, {
        minimum: 0,
        maximum: 1,
        nonzero: true,
      }),
      iterations: integer('iterations at each layer', 8),
      batchSize: integer('images of an iteration', 256),
    },
    dependsOnSteps: true,
    convert: async (task, options) => ({
      network: await runCalibration(task, spikingOf(task), temporalBiases(options)),
      procedure: plainSimulation,
    }),
  },
);
