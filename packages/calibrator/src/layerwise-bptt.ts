import { tanhSurrogate } from '@rheobase/neurons';
import { adamW, constantRate, cosine } from '@rheobase/training';
import type { CalibrationMethod } from './calibration-method.js';
import { klDivergence } from './kl-divergence.js';
import { trainLayer } from './layer-training.js';
import type { LayerwiseBpttOptions } from './layer-training-settings.js';

/**
 * Layer-wise backpropagation through time, the step (b) of METHOD.md §6: a site's weights, bias and V(0), and the surrogate's slope,
 * are trained so that the time-mean output comes near the quantized network's activation on the same images, through all T steps and
 * the reset. Thresholds and the weights of shortcuts stay. The best state on the held-out images is kept, the state before
 * training included, so that no site gets worse there.
 *
 * @throws naming the option that is out of range.
 */
export function layerwiseBptt(options: LayerwiseBpttOptions = {}): CalibrationMethod {
  const {
    loss = klDivergence('batch'),
    learningRate = 1e-4,
    schedule: kind = 'constant',
    epochs = 10_000,
    patience = 100,
    batchSize = 128,
    optimizer = adamW(),
    surrogate = tanhSurrogate,
    potentials = 'neuron',
    readOut = 'fixed',
  } = options;
  assertOptions({ learningRate, epochs, patience, batchSize });
  const schedule = kind === 'constant' ? constantRate(learningRate) : cosine(learningRate);
  const settings = { loss, schedule, epochs, patience, batchSize, optimizer, surrogate, potentials, readOut };
  const name = 'layerwise-bptt';
  return {
    name,
    summary: 'weights, bias and V(0) of one layer at a time by backpropagation through time',
    description: {
      name,
      loss: loss.name,
      learningRate,
      schedule: kind,
      epochs,
      patience,
      batchSize,
      optimizer: optimizer.description,
      surrogate: surrogate.name,
      potentials,
      readOut,
    },
    readOut,
    keepsBest: true,
    calibrateSite: (task) => trainLayer(task, settings),
  };
}

type Numbers = Required<Pick<LayerwiseBpttOptions, 'learningRate' | 'epochs' | 'patience' | 'batchSize'>>;

function assertOptions({ learningRate, ...counts }: Numbers): void {
  if (!(learningRate > 0 && Number.isFinite(learningRate))) {
    throw new Error(`The option 'learningRate' of layerwiseBptt is ${learningRate}; it must be positive.`);
  }
  for (const [option, value] of Object.entries(counts)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new Error(`The option '${option}' of layerwiseBptt is ${value}; it must be an integer from 1.`);
    }
  }
}
