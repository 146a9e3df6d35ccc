import { stageTwoPassNames } from '@rheobase/methods';
import { z } from 'zod';
import { count, positive } from './schema-values.js';
import { surrogate } from './training-fields.js';

/** How a layer is calibrated by backpropagation through time. */
export const layerwise = {
  loss: z.enum(['kl', 'kl-by-element', 'mse', 'cosine']).default('kl').describe('between a layer and its target'),
  learningRate: positive('of Adam').default(1e-4),
  schedule: z.enum(['constant', 'cosine']).default('constant').describe('of the learning rate'),
  epochs: count('passes over the calibration images, at most, for each layer').default(10_000),
  patience: count('epochs without a lower loss on the early-stopping images, after which a layer is done').default(100),
  batchSize: count('images per step').default(128),
  optimizer: z.enum(['adam', 'amsgrad']).default('adam'),
  potentials: z
    .enum(['neuron', 'channel'])
    .default('neuron')
    .describe('whether V(0) changes for each neuron separately, or for all neurons of a channel together'),
  ...surrogate,
};

/** How the biases by time step are corrected. */
export const ftbc = {
  rate: z.number().positive().max(1).default(0.4).describe('the fraction of a mean error that an iteration corrects'),
  iterations: count('iterations at each layer').default(8),
  batchSize: count('images of an iteration').default(256),
};

export const stageTwo = z
  .strictObject({
    passes: z
      .array(z.enum(stageTwoPassNames))
      .min(1)
      .default([...stageTwoPassNames])
      .refine((given) => given.join() === stageTwoPassNames.filter((pass) => given.includes(pass)).join(), {
        error: `each at most once, in the order ${stageTwoPassNames.join(', ')}`,
      })
      .describe('the passes to run; the result is the best of them by held-out images'),
    bptt: z.strictObject(layerwise).prefault({}).describe('the pass by backpropagation through time, layer by layer'),
  })
  .describe('Stage II: layer-wise calibration (METHOD §6)');
