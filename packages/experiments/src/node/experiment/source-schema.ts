import { z } from 'zod';
import type { Registries } from '../../registries.js';
import { granularities, thresholdGradients } from '../../stage-one.js';
import { positive, share } from './schema-values.js';
import { optimization } from './training-fields.js';

const sourceFromWeights = z.strictObject({
  kind: z.literal('weights').describe('trained weights, given by --weights'),
  origin: z.string().min(1).describe('where they are from'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .optional()
    .describe('of the file that the expected figures are for; with another, nothing is compared'),
  allowMissing: z
    .array(z.string())
    .default([])
    .describe('parameters that may be missing in the file; * matches anything'),
  allowUnused: z.array(z.string()).default([]).describe('tensors of the file that may stay unused'),
  prefix: z
    .string()
    .optional()
    .describe('reads the tensors with this prefix and removes it; default: a prefix common to all names'),
  rename: z
    .array(z.string().regex(/^[^=]+=/, 'must be written PATTERN=NAME'))
    .optional()
    .describe('tensors that are matched under other names, as PATTERN=NAME, such as fc.*=linear.*'),
});

const sourceFromFile = z.strictObject({
  kind: z.literal('file').describe('a trained network in a file: one that rheobase wrote, or an ONNX model'),
  path: z.string().min(1).describe('from the folder of this file'),
  output: z
    .string()
    .min(1)
    .optional()
    .describe('the output that gives the classes, of a network with several; default: the first'),
});

const sourceFromScratch = z.strictObject({
  kind: z.literal('trained').describe('trained from scratch with trainable clips (METHOD §1)'),
  threshold: positive('initial θ').default(5),
  smoothing: share('label smoothing').default(0),
  ...optimization,
  thresholdsPer: z
    .enum(granularities)
    .describe('what shares a θ: a layer (the default), or each of its channels')
    .optional(),
  thresholdGradient: z
    .enum(thresholdGradients)
    .describe('plain (the default), or scaled by 1/√(elements per θ), the scale of learned step sizes')
    .optional(),
});

export const networkOf = ({ models }: Registries) =>
  z
    .strictObject({
      model: z
        .enum(models.names)
        .describe(
          'an architecture of `rheobase models`; with a source of kind file it is omitted, and is the file’s name',
        ),
      options: z.record(z.string(), z.json()).default({}).describe('options of the architecture'),
      source: z.discriminatedUnion('kind', [sourceFromWeights, sourceFromFile, sourceFromScratch]),
    })
    .describe('The source network');
