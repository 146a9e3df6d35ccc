import type { Surrogate } from '@rheobase/neurons';
import type { OptimizerDefinition, Schedule } from '@rheobase/training';
import type { CalibrationLoss } from './calibration-loss.js';

export interface LayerwiseBpttOptions {
  /** KL divergence by batch unless given. */
  readonly loss?: CalibrationLoss;
  /** 1e-4 unless given. */
  readonly learningRate?: number;
  /** How the rate goes over the epochs; default: `constant`, or half a cosine down to 0. */
  readonly schedule?: 'constant' | 'cosine';
  /** Epochs a site, at most; default: 10,000. */
  readonly epochs?: number;
  /** Epochs without a lower loss on the held-out images after which a site is done; default: 100. */
  readonly patience?: number;
  /** Images a step; default: 128. */
  readonly batchSize?: number;
  /** Adam unless given: `adamW()` without decay. `amsgrad()` is another; `rateFactor` lets V(0) move faster than weights. */
  readonly optimizer?: OptimizerDefinition;
  /** What stands in for the derivative of a spike; ½·tanh(k·x) + ½ unless given. Its slope k is learned. */
  readonly surrogate?: Surrogate;
  /** Whether V(0) moves for each neuron by itself, or for all neurons of a channel alike; default: `neuron`. */
  readonly potentials?: 'neuron' | 'channel';
  /** Whether the layer behind the last neurons is calibrated too, which the paper leaves; default: `fixed`. */
  readonly readOut?: 'fixed' | 'calibrated';
}

/** The options, each with a value, as training reads them. */
export interface LayerTrainingSettings extends Required<Omit<LayerwiseBpttOptions, 'schedule' | 'learningRate'>> {
  readonly rate: Schedule;
}
