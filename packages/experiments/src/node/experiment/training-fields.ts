import { surrounds } from '@rheobase/datasets';
import { defaultSurrogates } from '@rheobase/neurons';
import { z } from 'zod';
import { augmentationStrengths, flips } from '../../augmentation-strength.js';
import { optimizers, rateSchedules } from '../../training-run.js';
import { count, positive, share } from './schema-values.js';

export const optimizer = z
  .enum(optimizers)
  .describe('SGD with momentum 0.9, the same with Nesterov’s momentum, or AdamW');

/** How a network is trained, whatever for. */
export const optimization = {
  epochs: count('passes over the training images'),
  learningRate: positive('highest learning rate; it falls to 0'),
  schedule: z
    .enum(rateSchedules)
    .describe(
      'how it falls: along half a cosine (the default), or in a straight line, which after a warm-up is the one-cycle schedule',
    )
    .optional(),
  warmUp: share('fraction of training in which the learning rate rises to its highest').default(0),
  optimizer: optimizer.optional(),
  weightDecay: z.number().min(0).describe('of weights; θ and batch norms are spared'),
  biasRate: positive('factor on the learning rate of biases, those of batch norms included; default: 1').optional(),
  thresholdRate: positive('factor on the learning rate of θ; default: 1').optional(),
  batchSize: count('images per step').default(128),
  microBatch: count('images whose gradient is computed at once; default: half a batch').optional(),
  augment: z.enum(augmentationStrengths).describe('standard: pad, crop and flip; strong: also AutoAugment and Cutout'),
  flip: z.enum(flips).describe('when an image is flipped: at random (the default), or every other epoch').optional(),
  surround: z
    .enum(surrounds)
    .describe('what surrounds an image before it is cropped: black (the default), or its reflection')
    .optional(),
  cutout: z
    .int()
    .min(2)
    .describe(
      'side of the square that hides a part of each image, in pixels; default: 16 for strong, none for standard',
    )
    .optional(),
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
