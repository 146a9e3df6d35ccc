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
  batchSize: count('images of a step').default(128),
  microBatch: count('images whose gradient is taken at one go; half a batch unless given').optional(),
  augment: z.enum(augmentationStrengths).describe('standard: pad, crop and flip; strong: also AutoAugment and Cutout'),
};

export const distillation = z
  .strictObject({
    weight: share('how much of the loss is the source network’s; the rest is the labels’'),
    temperature: positive('by which both networks’ logits are divided'),
  })
  .describe('Knowledge distillation from the source network');

export const surrogate = {
  surrogate: z.enum(defaultSurrogates.names).default('tanh').describe('what stands in for the derivative of a spike'),
};
