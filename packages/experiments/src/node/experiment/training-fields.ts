import { defaultSurrogates } from '@rheobase/neurons';
import { z } from 'zod';
import { augmentationStrengths } from '../../augmentation-strength.js';
import { count, positive, share } from './schema-values.js';

/** How a network is trained, whatever for. */
export const optimization = {
  epochs: count('passes over the training images'),
  learningRate: positive('highest learning rate; it follows a cosine down to 0'),
  warmUp: share('fraction of training in which the learning rate rises to its highest').default(0),
  weightDecay: z.number().min(0).describe('of weights; θ and batch norms are spared'),
  batchSize: count('images per step').default(128),
  microBatch: count('images whose gradient is computed at once; default: half a batch').optional(),
  augment: z.enum(augmentationStrengths).describe('standard: pad, crop and flip; strong: also AutoAugment and Cutout'),
  standardFrom: share('fraction of the epochs after which strong augmentation becomes standard; default: 1').optional(),
  averageDecay: z
    .number()
    .min(0)
    .lt(1)
    .describe('decay per step of an average of the weights, which is validated and kept instead of them; default: none')
    .optional(),
};

export const distillation = z
  .strictObject({
    weight: share('weight of the distillation loss from the source network; the rest is the loss of the labels'),
    temperature: positive('by which both networks’ logits are divided'),
  })
  .describe('Knowledge distillation from the source network');

export const surrogate = {
  surrogate: z.enum(defaultSurrogates.names).default('tanh').describe('the surrogate for the derivative of a spike'),
};
