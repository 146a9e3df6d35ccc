import { defaultApProtocols } from '@rheobase/detection';
import { z } from 'zod';
import { defaultRegistries, type Registries } from '../../registries.js';
import { budget, energy, paper, plugins } from './common-fields.js';
import { normalization } from './normalization-schema.js';
import { count, type Immutable, positive, schemaFor, share } from './schema-values.js';
import { stageTwo } from './stage-two-schema.js';
import { surrogate } from './training-fields.js';

const dataOf = ({ boxDatasets }: Registries) =>
  z
    .strictObject({
      dataset: z.enum(boxDatasets.names).describe('a set of images with boxes'),
      normalization: normalization.optional().describe('how pixels become inputs; default: the detector’s own'),
      protocol: z.enum(defaultApProtocols.names).optional().describe('of mean AP; default: the set’s own'),
      trainImages: count('number of training images used, of those not held out; default: all').optional(),
      heldOut: count('training images held out for selection').default(100),
      calibration: count('training images for thresholds and stage II').default(128),
      earlyStopping: count('further training images that stop the calibration of a layer').default(32),
      testImages: count('number of test images, from the first; default: all').optional(),
    })
    .describe('Images. All choices are made on held-out training images; the test set is read once, at the end');

const optimization = {
  epochs: count('passes over the training images'),
  learningRate: positive('highest learning rate; it follows a cosine down to 0'),
  warmUp: share('fraction of training in which the learning rate rises to its highest').default(0),
  weightDecay: z.number().min(0).default(0).describe('of weights'),
  clipNorm: positive('gradients with a larger global norm are scaled down to this one').default(10),
  batchSize: count('images per step').default(16),
  augment: z.enum(['none', 'flip', 'strong']).default('flip').describe('strong: flips, crops and colours'),
};

/** An experiment file of a detector, on what there is by name. */
export const detectionExperimentSchemaOf = schemaFor((known) =>
  z.strictObject({
    task: z.literal('detection'),
    plugins,
    paper,
    table: z.string().min(1),
    description: z.string().min(1),
    data: dataOf(known),
    detector: z
      .strictObject({
        model: z.enum(known.detectors.names),
        options: z.record(z.string(), z.json()).default({}).describe('options of the architecture'),
        ...optimization,
      })
      .describe('The source network, trained from scratch'),
    steps: z.array(count('T')).min(1).describe('a run uses the first by default'),
    seeds: z.array(z.int().min(0)).min(1).default([0]).describe('a run uses the first by default'),
    stageOne: z
      .strictObject({
        percentile: z
          .number()
          .gt(0)
          .max(100)
          .default(99.9)
          .describe('θ of a channel starts at this percentile of its activations'),
        noise: share('fraction of activations that pass unquantized in training').default(0.1),
        ...optimization,
      })
      .describe('Stage I: quantization-clip fine-tuning, with L = T'),
    stageTwo,
    endToEnd: z
      .strictObject({
        ...surrogate,
        slope: positive('in units of 1/θ').optional(),
        ...optimization,
      })
      .optional()
      .describe('then fine-tunes the whole spiking network by backpropagation through time'),
    energy: energy.prefault({}),
    budget,
    expected: z.null().describe('no figure is compared yet'),
    reason: z.string().min(1),
  }),
);

/** The same without plugins. */
export const detectionExperimentSchema = detectionExperimentSchemaOf(defaultRegistries);

/** A checked experiment of a detector, defaults filled in. */
export type DetectionExperiment = Immutable<z.output<typeof detectionExperimentSchema>>;
