import type { Surrogate } from '@rheobase/neurons';
import { tanhSurrogate } from '@rheobase/neurons';
import type { OptimizerDefinition, Schedule } from '@rheobase/training';
import { adamW, constantRate, cosine } from '@rheobase/training';
import type { CalibrationLoss } from './calibration-loss.js';
import type { CalibrationMethod } from './calibration-method.js';
import { klDivergence } from './kl-divergence.js';
import { trainLayer } from './layer-training.js';

export interface LayerwiseBpttOptions {
  /** KL divergence by batch unless given. */
  readonly loss?: CalibrationLoss;
  /** 1e-4 unless given. */
  readonly learningRate?: number;
  /** How the rate goes over the epochs: `constant` unless given, or half a cosine down to 0. */
  readonly schedule?: 'constant' | 'cosine';
  /** Epochs a site, at most; 10,000 unless given. */
  readonly epochs?: number;
  /** Epochs without a lower loss on the held-out images after which a site is done; 100 unless given. */
  readonly patience?: number;
  /** Images a step; 128 unless given. */
  readonly batchSize?: number;
  /** Adam unless given: `adamW()` without decay. `amsgrad()` is another; `rateFactor` lets V(0) move faster than weights. */
  readonly optimizer?: OptimizerDefinition;
  /** What stands in for the derivative of a spike; ½·tanh(k·x) + ½ unless given. Its slope k is learned. */
  readonly surrogate?: Surrogate;
  /** Whether V(0) moves for each neuron by itself, or for all neurons of a channel alike; `neuron` unless given. */
  readonly potentials?: 'neuron' | 'channel';
  /** Whether the layer behind the last neurons is calibrated too, which the paper leaves; `fixed` unless given. */
  readonly readOut?: 'fixed' | 'calibrated';
}

/** The options, each with a value, as training reads them. */
export interface LayerTrainingSettings extends Required<Omit<LayerwiseBpttOptions, 'schedule' | 'learningRate'>> {
  readonly rate: Schedule;
}

/**
 * Layer-wise backpropagation through time, the step (b) of METHOD.md §6: a site's weights, bias and V(0), and the surrogate's slope,
 * are trained so that the time-mean output comes near the quantized network's activation on the same images, through all T steps and
 * the reset. Thresholds and the weights of shortcuts stay. What was best on the held-out images is kept, the state before
 * training included, so that no site gets worse there.
 *
 * @throws naming the option that is out of range.
 */
export function layerwiseBptt(options: LayerwiseBpttOptions = {}): CalibrationMethod {
  const {
    loss = klDivergence('batch'),
    learningRate = 1e-4,
    schedule = 'constant',
    epochs = 10_000,
    patience = 100,
    batchSize = 128,
    optimizer = adamW(),
    surrogate = tanhSurrogate,
    potentials = 'neuron',
    readOut = 'fixed',
  } = options;
  assertOptions({ learningRate, epochs, patience, batchSize });
  const rate = schedule === 'constant' ? constantRate(learningRate) : cosine(learningRate);
  const settings = { loss, rate, epochs, patience, batchSize, optimizer, surrogate, potentials, readOut };
  const name = 'layerwise-bptt';
  return {
    name,
    summary: 'weights, bias and V(0) of one layer at a time by backpropagation through time',
    description: {
      name,
      loss: loss.name,
      learningRate,
      schedule,
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
      throw new Error(`The option '${option}' of layerwiseBptt is ${value}; it must be a whole number from 1.`);
    }
  }
}
