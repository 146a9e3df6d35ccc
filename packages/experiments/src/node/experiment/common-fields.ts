import { defaultEnergyModels } from '@rheobase/analysis';
import { z } from 'zod';
import { count, positive } from './schema-values.js';

export const paper = z
  .strictObject({
    title: z.string().min(1),
    reference: z.string().min(1).describe('journal, volume or arXiv number, DOI'),
    url: z.url().optional(),
  })
  .describe('What is reproduced, or whose method is used');

export const plugins = z
  .array(z.string().min(1))
  .optional()
  .describe('ES modules that add neurons, models, data sets and more; paths from the folder of this file');

export const energy = z
  .strictObject({
    model: z.enum(defaultEnergyModels.names).default('horowitz-45nm'),
    firstLayer: z.enum(['once', 'every-step', 'excluded']).default('once'),
    readOut: z.enum(['counted', 'excluded']).default('counted'),
  })
  .describe('How energy is counted (METHOD §7)');

export const budget = z
  .strictObject({
    minutes: positive('for one T and one seed'),
    cores: count('that the time is meant for'),
    memory: positive('GB, at most').optional(),
  })
  .describe('What a run is meant to take');
