import { z } from 'zod';
import { foldings, granularities, thresholdGradients } from '../../stage-one.js';
import { count, positive, share } from './schema-values.js';
import { distillation, optimization } from './training-fields.js';

const per = z
  .enum(granularities)
  .default('layer')
  .describe('what shares a θ: a layer (METHOD §3), or each of its channels');

const thresholds = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('percentile').describe('at a percentile of the layer’s activations'),
      percentile: z.number().gt(0).max(100),
      per,
    }),
    z.strictObject({
      kind: z.literal('least-squares').describe('where quantizing changes the activations least'),
      per,
    }),
  ])
  .describe('Where θ of a plain ReLU starts; a trained clip has its own');

export const stageOne = z
  .strictObject({
    ...optimization,
    noise: share('fraction of activations that pass unquantized in training (METHOD §3)').default(0.1),
    thresholds: thresholds.default({ kind: 'percentile', percentile: 99, per: 'layer' }),
    thresholdGradient: z
      .enum(thresholdGradients)
      .default('plain')
      .describe('plain, or scaled by 1/√(elements per θ · L), the scale of learned step sizes'),
    through: z
      .array(
        z.union([
          count('levels'),
          z.strictObject({
            levels: count('levels'),
            epochs: count('passes at these levels').optional(),
            learningRate: positive('highest learning rate at these levels').optional(),
          }),
        ]),
      )
      .default([])
      .describe(
        'larger numbers of levels to train at first, the largest first; each as the last one is, but for what is said',
      ),
    fold: z.enum(foldings).default('after').describe('batch norms are folded before or after training'),
    distillation: distillation
      .extend({
        features: z
          .number()
          .min(0)
          .default(0)
          .describe('weight of the distance from the source network’s values at the last site of every resolution'),
      })
      .default({ weight: 0.7, temperature: 4, features: 0 }),
  })
  .describe('Stage I: quantization-clip fine-tuning (METHOD §3)');
