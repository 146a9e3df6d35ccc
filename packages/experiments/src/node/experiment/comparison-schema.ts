import { optionProblems } from '@rheobase/network';
import { z } from 'zod';
import type { Registries } from '../../registries.js';
import { stageOne } from './stage-one-schema.js';

const entryOf = ({ methods }: Registries) =>
  z
    .strictObject({
      method: z.enum(methods.names).describe('a conversion method of `@rheobase/methods`'),
      label: z.string().min(1).optional().describe('its name in the table; default: the method’s own'),
      options: z
        .record(z.string(), z.union([z.number(), z.string()]))
        .default({})
        .describe('its options by name; default: the method’s own'),
      steps: z
        .array(z.int().min(1).describe('T, time steps in all'))
        .min(1)
        .optional()
        .describe('its own T instead of the table’s, for a method that takes long or answers late'),
    })
    .superRefine(({ method, options }, context) => {
      for (const { option, message } of optionProblems(method, methods.get(method).options, options)) {
        context.addIssue({ code: 'custom', path: ['options', option], message });
      }
    });

/** A comparison of conversion methods; with the recipe of the quantized network that some of them start from. */
export const comparisonOf = (known: Registries) =>
  z
    .strictObject({
      kind: z
        .literal('comparison')
        .describe('methods of the field on the same weights, images and accounting; a run takes all T and seeds'),
      levels: z.int().min(1).describe('L of the quantized network, whatever T is'),
      stageOne,
      methods: z
        .array(entryOf(known))
        .min(1)
        .refine((entries) => new Set(entries.map(nameOf)).size === entries.length, {
          error: 'two entries have the same name in the table: give one of them another `label`',
        }),
    })
    .describe('A comparison of methods');

/** What an entry is called in the table. */
export function nameOf({ method, label }: { readonly method: string; readonly label?: string | undefined }): string {
  return label ?? method;
}
