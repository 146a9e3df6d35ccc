import { defaultEnergyModels } from '@rheobase/analysis';
import { defaultNeuronFittings } from '@rheobase/converter';
import { defaultNormalizations } from '@rheobase/datasets';
import { defaultDatasets } from '@rheobase/datasets/node';
import { defaultModels } from '@rheobase/models';
import { defaultSurrogates } from '@rheobase/neurons';
import { z } from 'zod';
import { augmentationStrengths } from '../../augmentation-strength.js';
import { foldings } from '../../stage-one.js';
import { comparisonWith } from './comparison-schema.js';

export const count = (what: string): z.ZodInt => z.int().min(1).describe(what);
export const share = (what: string): z.ZodNumber => z.number().min(0).max(1).describe(what);
export const positive = (what: string): z.ZodNumber => z.number().positive().describe(what);

export const paper = z
  .strictObject({
    title: z.string().min(1),
    reference: z.string().min(1).describe('journal, volume or arXiv number, DOI'),
    url: z.url().optional(),
  })
  .describe('What is reproduced, or whose method is used');

const data = z
  .strictObject({
    dataset: z.enum(defaultDatasets.names).describe('a set of `rheobase datasets`'),
    normalization: z
      .enum(defaultNormalizations.names)
      .optional()
      .describe('how pixels become inputs; the model’s own unless given'),
    trainImages: count('uses only so many of the training images that are not held out; all unless given').optional(),
    heldOut: count('training images taken out to select on: training and calibration never see them').default(1000),
    calibration: count('training images that stage II calibrates on (METHOD §6)').default(1024),
    earlyStopping: count('further training images that stop the calibration of a layer').default(256),
    testImages: count('reports on the first so many images of the test set; all unless given').optional(),
  })
  .describe('Images. All choices are made on held-out training images; the test set is read once, at the end');

const optimization = {
  epochs: count('passes over the training images'),
  rate: positive('highest learning rate; it follows a cosine down to 0'),
  warmUp: share('share of training in which the rate rises to its highest').default(0),
  weightDecay: z.number().min(0).describe('of weights; θ and batch norms are spared'),
  batch: count('images of a step').default(128),
  microBatch: count('images whose gradient is taken at one go; half a batch unless given').optional(),
  augment: z.enum(augmentationStrengths).describe('standard: pad, crop and flip; strong: also AutoAugment and Cutout'),
};

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
    .describe('parameters that the file need not have; * stands for anything'),
  allowUnused: z.array(z.string()).default([]).describe('tensors of the file that may stay unused'),
});

const sourceFromScratch = z.strictObject({
  kind: z.literal('trained').describe('trained from scratch with trainable clips (METHOD §1)'),
  threshold: positive('what θ begins at').default(5),
  smoothing: share('label smoothing').default(0),
  ...optimization,
});

const network = z
  .strictObject({
    model: z.enum(defaultModels.names).describe('an architecture of `rheobase models`'),
    options: z.record(z.string(), z.json()).default({}).describe('options of the architecture'),
    source: z.discriminatedUnion('kind', [sourceFromWeights, sourceFromScratch]),
  })
  .describe('The source network');

const distillation = z
  .strictObject({
    weight: share('how much of the loss is the source network’s; the rest is the labels’'),
    temperature: positive('by which both networks’ logits are divided'),
  })
  .describe('Knowledge distillation from the source network');

const thresholds = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('percentile').describe('at a percentile of the layer’s activations'),
      percentile: z.number().gt(0).max(100),
    }),
    z.strictObject({ kind: z.literal('least-squares').describe('where quantizing changes the activations least') }),
  ])
  .describe('Where θ of a plain ReLU begins; a trained clip has its own');

const stageOne = z
  .strictObject({
    ...optimization,
    noise: share('share of activations that pass unquantized in training (METHOD §3)').default(0.1),
    thresholds: thresholds.default({ kind: 'percentile', percentile: 99 }),
    through: z
      .array(count('levels'))
      .default([])
      .describe('numbers of levels above L to be trained at first, one after the other, each for as many epochs'),
    fold: z.enum(foldings).default('after').describe('batch norms are folded before or after training'),
    distillation: distillation.default({ weight: 0.7, temperature: 4 }),
  })
  .describe('Stage I: quantization-clip fine-tuning (METHOD §3)');

const conversion = z
  .strictObject({
    neuron: z.enum(defaultNeuronFittings.names).default('if').describe('the neuron model'),
    parameters: z.record(z.string(), z.number()).default({}).describe('values of its other parameters, such as leak'),
    attributes: z.record(z.string(), z.number()).default({}).describe('its attributes, such as maximum'),
    initialPotential: z.enum(['half-threshold', 'zero', 'shift']).default('half-threshold').describe('V(0)'),
  })
  .describe('What stands at the activation sites (METHOD §4)');

const surrogate = {
  surrogate: z.enum(defaultSurrogates.names).default('tanh').describe('what stands in for the derivative of a spike'),
};

const layerwise = {
  loss: z.enum(['kl', 'kl-by-element', 'mse', 'cosine']).default('kl').describe('between a layer and its target'),
  rate: positive('learning rate of Adam').default(1e-4),
  schedule: z.enum(['constant', 'cosine']).default('constant').describe('of the learning rate'),
  epochs: count('passes over the calibration images, at most, for each layer').default(10_000),
  patience: count('epochs without a lower loss on the early-stopping images, after which a layer is done').default(100),
  batch: count('images of a step').default(128),
  optimizer: z.enum(['adam', 'amsgrad']).default('adam'),
  potentials: z
    .enum(['neuron', 'channel'])
    .default('neuron')
    .describe('whether V(0) moves for each neuron by itself, or for all neurons of a channel alike'),
  ...surrogate,
};

/** The three passes of stage II, in their order. */
const passes = ['potentials', 'bptt', 'potentialsAgain'] as const;

export const stageTwo = z
  .strictObject({
    passes: z
      .array(z.enum(passes))
      .min(1)
      .default([...passes])
      .refine((given) => given.join() === passes.filter((pass) => given.includes(pass)).join(), {
        error: `each at most once, in the order ${passes.join(', ')}`,
      })
      .describe('which are done; the result is the best of them by held-out images'),
    bptt: z.strictObject(layerwise).prefault({}).describe('the pass by backpropagation through time, layer by layer'),
  })
  .describe('Stage II: layer-wise calibration (METHOD §6)');

const thresholdsPerChannel = z.strictObject({
  kind: z.literal('thresholds-per-channel').describe('every θ becomes one for each channel, for what follows to train'),
});

const recalibration = z.strictObject({
  kind: z.literal('recalibrate').describe('another pass of layer-wise calibration'),
  readOut: z.enum(['fixed', 'calibrated']).default('calibrated').describe('whether the last layer is calibrated too'),
  ...layerwise,
});

const neuronChoice = z.strictObject({
  kind: z
    .literal('neuron')
    .describe('puts another neuron model in the place of every neuron; θ, V(0) and weights stay'),
  neuron: z.enum(defaultNeuronFittings.names).describe('the neuron model'),
  attributes: z.record(z.string(), z.number()).default({}).describe('its attributes'),
});

const potentials = z.strictObject({
  kind: z.literal('potentials').describe('initial potentials once more, as in stage II'),
});

const wholeNetwork = {
  ...optimization,
  upTo: count('left out of runs over more time steps than these').optional(),
  above: count('left out of runs over these time steps or fewer').optional(),
  optimizer: z.enum(['sgd', 'adamw']).default('sgd').describe('SGD with momentum 0.9, or AdamW'),
  clipNorm: positive('gradients are shortened to this global norm where theirs is larger').optional(),
  distillation: distillation.default({ weight: 0.7, temperature: 4 }),
};

interface Bounds {
  readonly above?: number | undefined;
  readonly upTo?: number | undefined;
}
const leavesSome = ({ above = 0, upTo = Infinity }: Bounds): boolean => above < upTo;
const noneLeft = { path: ['upTo'], error: '`above` and `upTo` leave no T that it is for' };

const endToEnd = z
  .strictObject({
    kind: z.literal('end-to-end').describe('fine-tunes the whole spiking network by backpropagation through time'),
    ...wholeNetwork,
    ...surrogate,
    slope: positive('the surrogate’s slope in units of 1/θ; its own unless given').optional(),
  })
  .refine(leavesSome, noneLeft);

const rateBased = z
  .strictObject({
    kind: z
      .literal('rate-based')
      .describe('fine-tunes the whole spiking network with one backward pass through its firing rates'),
    ...wholeNetwork,
  })
  .refine(leavesSome, noneLeft);

const twoStage = z
  .strictObject({
    kind: z.literal('two-stage').describe('quantization-clip fine-tuning, conversion, layer-wise calibration'),
    levels: z
      .union([
        count('L, quantization levels, whatever T is'),
        z.strictObject({ atLeast: count('L is T, but never fewer than these') }),
      ])
      .optional()
      .describe('L; T unless given'),
    stageOne,
    conversion: conversion.prefault({}),
    stageTwo,
    withoutStageOne: z
      .literal(true)
      .optional()
      .describe('also runs the method without stage I, from the quantized source network: the ablation'),
    light: z
      .strictObject({ rounds: count('how often biases and potentials are corrected in turn').default(4) })
      .optional()
      .describe('also measures the calibration without labels or gradients, from the converted network'),
    beyond: z
      .array(
        z.discriminatedUnion('kind', [
          thresholdsPerChannel,
          neuronChoice,
          potentials,
          recalibration,
          endToEnd,
          rateBased,
        ]),
      )
      .default([])
      .describe('extensions of the paper’s method, one after the other, from the result of stage II'),
  })
  .describe('The method with its options');

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

/** What a run tells of: the source network, the quantized one, and every spiking one. */
const reportedStages = [
  'ann',
  'quantClip',
  'converted',
  ...passes,
  'stage2',
  'light',
  'beyond',
  'withoutStageOne-converted',
  'withoutStageOne-stage2',
] as const;

const expectation = z.strictObject({
  stage: z.enum(reportedStages),
  steps: count('T of the run and of the figure; of every run where it is not given').optional(),
  accuracy: share('0…1, on the test images'),
  tolerance: share('how far below the figure may be'),
  source: z.string().min(1).describe('where the figure was read'),
});

const publication = z.strictObject({
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
    .describe('why it cannot be held against what is measured here'),
});

/** An experiment file: one table of one paper, and how its figures are come by. */
export const experimentSchema = z
  .strictObject({
    paper,
    table: z.string().min(1).describe('which table or figure of the paper'),
    description: z.string().min(1),
    data,
    network,
    steps: z
      .array(count('T, time steps in all'))
      .min(1)
      .describe('the T of the table; a run takes the first unless told'),
    seeds: z.array(z.int().min(0)).min(1).default([0]).describe('a run takes the first unless told'),
    method: z.discriminatedUnion('kind', [twoStage, comparisonWith(stageOne)]),
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
    reason: z.string().min(1).optional().describe('why no figure is expected, where `expected` is null'),
  })
  .refine(({ expected, reason }) => (expected === null) === (reason !== undefined), {
    path: ['expected'],
    error: 'give expected figures, or null and a `reason`',
  });

export type Immutable<Data> = Data extends readonly (infer Entry)[]
  ? readonly Immutable<Entry>[]
  : Data extends object
    ? { readonly [Field in keyof Data]: Immutable<Data[Field]> }
    : Data;

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

export type Pass = (typeof passes)[number];

export type Extension = TwoStageMethod['beyond'][number];
