import { stageTwoPassNames } from '@rheobase/methods';
import { z } from 'zod';
import { count, share } from './schema-values.js';

/** The networks that a run reports on: the source network, the quantized one, and every spiking one. */
const reportedStages = [
  'ann',
  'quantClip',
  'converted',
  ...stageTwoPassNames,
  'stage2',
  'light',
  'extensions',
  'withoutStageOne-converted',
  'withoutStageOne-stage2',
] as const;

/** A figure of the paper itself. */
export const expectation = z.strictObject({
  stage: z.enum(reportedStages),
  steps: count('T of the run and of the figure; if absent, of every run').optional(),
  accuracy: share('0…1, on the test images'),
  tolerance: share('how far below the figure may be'),
  source: z.string().min(1).describe('where the figure was read'),
});

/** Figures of another method, shown for comparison. */
export const publication = z.strictObject({
  method: z.string().min(1).describe('as its authors call it'),
  source: z.string().min(1).describe('where the figures were read'),
  ann: share('of its source network, 0…1').optional(),
  stepsBefore: z
    .int()
    .min(0)
    .default(0)
    .describe('time steps that the method runs first and that its T leaves out; they count here'),
  accuracyAt: z
    .record(z.string().regex(/^[1-9]\d*$/, 'must be a number of time steps'), share('0…1'))
    .describe('by T as published'),
  reason: z
    .string()
    .min(1)
    .default('another method, from another source network')
    .describe('why it cannot be compared with the measured figure'),
});
