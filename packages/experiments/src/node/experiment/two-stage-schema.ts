import { z } from 'zod';
import type { Registries } from '../../registries.js';
import { extensionsOf, variantsOf } from './extensions-schema.js';
import { count } from './schema-values.js';
import { stageOne } from './stage-one-schema.js';
import { stageTwo } from './stage-two-schema.js';

const conversionOf = ({ neurons }: Registries) =>
  z
    .strictObject({
      neuron: z.enum(neurons.names).default('if').describe('the neuron model'),
      parameters: z.record(z.string(), z.number()).default({}).describe('values of its other parameters, such as leak'),
      attributes: z.record(z.string(), z.number()).default({}).describe('its attributes, such as maximum'),
      initialPotential: z.enum(['half-threshold', 'zero', 'shift']).default('half-threshold').describe('V(0)'),
    })
    .describe('The neurons at the activation sites (METHOD §4)');

/** The two-stage method, on what there is by name. */
export const twoStageOf = (known: Registries) =>
  z
    .strictObject({
      kind: z.literal('two-stage').describe('quantization-clip fine-tuning, conversion, layer-wise calibration'),
      levels: z
        .union([
          count('L, quantization levels, whatever T is'),
          z.strictObject({ atLeast: count('L is T, but never fewer than these') }),
        ])
        .optional()
        .describe('L; default: T'),
      stageOne,
      conversion: conversionOf(known).prefault({}),
      stageTwo,
      withoutStageOne: z
        .literal(true)
        .optional()
        .describe('also runs the method without stage I, from the quantized source network: the ablation'),
      light: z
        .strictObject({ rounds: count('how often biases and potentials are corrected in turn').default(4) })
        .optional()
        .describe('also measures the calibration without labels or gradients, from the converted network'),
      variants: variantsOf(known),
      extensionsFrom: z
        .string()
        .optional()
        .describe(
          'what the extensions start from: `converted`, or the name of a variant; default: the best of `stageTwo`',
        ),
      extensions: extensionsOf(known),
    })
    .superRefine(({ variants, extensionsFrom }, context) => {
      const known = ['converted', 'stage2', ...variants.map(({ name }) => name)];
      if (extensionsFrom !== undefined && !known.includes(extensionsFrom)) {
        context.addIssue({
          code: 'custom',
          path: ['extensionsFrom'],
          message: `extensions can start from ${known.join(', ')}`,
        });
      }
    })
    .describe('The method with its options');
