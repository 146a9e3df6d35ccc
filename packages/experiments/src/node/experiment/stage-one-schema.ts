import { z } from 'zod';
import { foldings } from '../../stage-one.js';
import { count, share } from './schema-values.js';
import { distillation, optimization } from './training-fields.js';

const thresholds = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('percentile').describe('at a percentile of the layer’s activations'),
      percentile: z.number().gt(0).max(100),
    }),
    z.strictObject({ kind: z.literal('least-squares').describe('where quantizing changes the activations least') }),
  ])
  .describe('Where θ of a plain ReLU starts; a trained clip has its own');

export const stageOne = z
  .strictObject({
    ...optimization,
    noise: share('fraction of activations that pass unquantized in training (METHOD §3)').default(0.1),
    thresholds: thresholds.default({ kind: 'percentile', percentile: 99 }),
    through: z
      .array(count('levels'))
      .default([])
      .describe('larger numbers of levels to train at first, in order, each for as many epochs'),
    fold: z.enum(foldings).default('after').describe('batch norms are folded before or after training'),
    distillation: distillation.default({ weight: 0.7, temperature: 4 }),
  })
  .describe('Stage I: quantization-clip fine-tuning (METHOD §3)');
