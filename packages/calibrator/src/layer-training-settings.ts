import type { Surrogate } from '@rheobase/neurons';
import type { OptimizerDefinition, Schedule } from '@rheobase/training';
import type { CalibrationLoss } from './calibration-loss.js';

export interface LayerwiseBpttOptions {
  /** Default: KL divergence by batch. */
  readonly loss?: CalibrationLoss;
  /** Default: 1e-4. */
  readonly learningRate?: number;
  /** How the learning rate changes over the epochs; default: `constant`, or half a cosine down to 0. */
  readonly schedule?: 'constant' | 'cosine';
  /** Maximum epochs per site; default: 10,000. */
  readonly epochs?: number;
  /** Epochs without a lower loss on the held-out images after which a site is done; default: 100. */
  readonly patience?: number;
  /** Images per step; default: 128. */
  readonly batchSize?: number;
  /** Default: Adam, that is `adamW()` without decay. `amsgrad()` is another; `rateFactor` can give V(0) a higher rate than weights. */
  readonly optimizer?: OptimizerDefinition;
  /** The surrogate for the derivative of a spike; default: ½·tanh(k·x) + ½. Its slope k is learned. */
  readonly surrogate?: Surrogate;
  /** Whether V(0) changes for each neuron separately, or for all neurons of a channel together; default: `neuron`. */
  readonly potentials?: 'neuron' | 'channel';
  /** Whether the layer after the last neurons is calibrated too, which the paper does not do; default: `fixed`. */
  readonly readOut?: 'fixed' | 'calibrated';
}

/** The options, each with a value, as training reads them. */
export interface LayerTrainingSettings extends Required<Omit<LayerwiseBpttOptions, 'schedule' | 'learningRate'>> {
  readonly schedule: Schedule;
}
