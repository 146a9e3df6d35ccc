import { z } from 'zod';
import { defaultRegistries, type Registries } from '../../registries.js';
import { budget, energy, paper, plugins } from './common-fields.js';
import { comparisonOf } from './comparison-schema.js';
import { expectation, publication } from './expectation-schema.js';
import { count, type Immutable, schemaFor } from './schema-values.js';
import { normalization } from './normalization-schema.js';
import { networkOf } from './source-schema.js';
import { twoStageOf } from './two-stage-schema.js';

const dataOf = ({ datasets }: Registries) =>
  z
    .strictObject({
      dataset: z.enum(datasets.names).describe('a set of `rheobase datasets`'),
      normalization: normalization.optional().describe('how pixels become inputs; default: the model’s own'),
      trainImages: count('number of training images used, of those not held out; default: all').optional(),
      heldOut: count('training images held out for selection; never used for training or calibration').default(1000),
      calibration: count('training images that stage II calibrates on (METHOD §6)').default(1024),
      earlyStopping: count('further training images that stop the calibration of a layer').default(256),
      testImages: count('number of test images, from the first; default: all').optional(),
    })
    .describe('Images. All choices are made on held-out training images; the test set is read once, at the end');

/** An experiment file: one table of one paper, and how its figures are obtained. @param known the registries */
export const experimentSchemaOf = schemaFor((known) =>
  z
    .strictObject({
      paper,
      table: z.string().min(1).describe('which table or figure of the paper'),
      description: z.string().min(1),
      plugins,
      data: dataOf(known),
      network: networkOf(known),
      steps: z
        .array(count('T, time steps in all'))
        .min(1)
        .describe('the T of the table; a run uses the first by default'),
      seeds: z.array(z.int().min(0)).min(1).default([0]).describe('a run uses the first by default'),
      method: z.discriminatedUnion('kind', [twoStageOf(known), comparisonOf(known)]),
      energy: energy.prefault({}),
      budget,
      expected: z
        .array(expectation)
        .min(1)
        .nullable()
        .describe('figures that were read at their source; null if none was'),
      published: z
        .array(publication)
        .min(1)
        .optional()
        .describe(
          'what other methods were published with on this network and set, shown beside; nothing is expected by it',
        ),
      reason: z.string().min(1).optional().describe('why no figure is expected, if `expected` is null'),
    })
    .refine(({ expected, reason }) => (expected === null) === (reason !== undefined), {
      path: ['expected'],
      error: 'give expected figures, or null and a `reason`',
    }),
);

/** The same without plugins. */
export const experimentSchema = experimentSchemaOf(defaultRegistries);

/** A checked experiment, defaults filled in. */
export type Experiment = Immutable<z.output<typeof experimentSchema>>;

export type TwoStageMethod = Extract<Experiment['method'], { readonly kind: 'two-stage' }>;

export type ComparisonMethod = Extract<Experiment['method'], { readonly kind: 'comparison' }>;

/** An experiment that takes a network through both stages. */
export type TwoStageExperiment = Experiment & { readonly method: TwoStageMethod };

/** An experiment that compares methods of the field. */
export type ComparisonExperiment = Experiment & { readonly method: ComparisonMethod };

/** How a layer is calibrated by backpropagation through time. */
export type Layerwise = TwoStageMethod['stageTwo']['bptt'];

export type Extension = TwoStageMethod['extensions'][number];
