import { z } from 'zod';
import type { Registries } from '../../registries.js';
import { count, positive } from './schema-values.js';
import { ftbc, layerwise } from './stage-two-schema.js';
import { distillation, optimization, optimizer, surrogate } from './training-fields.js';

const thresholdsPerChannel = z.strictObject({
  kind: z.literal('thresholds-per-channel').describe('every θ becomes one per channel, for later extensions to train'),
});

const recalibration = z.strictObject({
  kind: z.literal('recalibrate').describe('another pass of layer-wise calibration'),
  readOut: z.enum(['fixed', 'calibrated']).default('calibrated').describe('whether the last layer is calibrated too'),
  ...layerwise,
});

const neuronChoiceOf = ({ neurons }: Registries) =>
  z.strictObject({
    kind: z.literal('neuron').describe('replaces every neuron by another neuron model; θ, V(0) and weights stay'),
    neuron: z.enum(neurons.names).describe('the neuron model'),
    attributes: z.record(z.string(), z.number()).default({}).describe('its attributes'),
  });

const potentials = z.strictObject({
  kind: z.literal('potentials').describe('initial potentials once more, as in stage II'),
});

const temporalBiases = z.strictObject({
  kind: z
    .literal('ftbc')
    .describe('forward temporal bias correction: a bias by time step and channel, from mean errors'),
  ...ftbc,
});

const wholeNetwork = {
  ...optimization,
  upTo: count('left out of runs over more time steps than these').optional(),
  above: count('left out of runs over these time steps or fewer').optional(),
  patience: count(
    'epochs in a row without a higher held-out accuracy, after which training ends; default: all are done',
  ).optional(),
  optimizer: optimizer.default('sgd'),
  clipNorm: positive('gradients with a larger global norm are scaled down to this one').optional(),
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
    slope: positive('the surrogate’s slope in units of 1/θ; default: its own').optional(),
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

const partsOf = (known: Registries) =>
  z.array(
    z.discriminatedUnion('kind', [
      thresholdsPerChannel,
      neuronChoiceOf(known),
      potentials,
      temporalBiases,
      recalibration,
      endToEnd,
      rateBased,
    ]),
  );

/** Names of stages that a variant may start from, and that its own must not be. */
const taken = ['converted', 'stage2'];

/** Other ways through stage II, each with a row of its own. */
export const variantsOf = (known: Registries) =>
  z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(
            /^[a-z][a-z0-9]*(?:-[a-z0-9]*[a-z][a-z0-9]*)*$/,
            'lower-case words joined by hyphens, without a number at the end',
          )
          .describe('its row is stage2-NAME'),
        from: z
          .string()
          .default('converted')
          .describe(
            'where it starts: `converted`, `stage2`, or the name of a variant before it, whose best part it goes on from',
          ),
        parts: partsOf(known).min(1).describe('run in this order; the row is the best of them by held-out images'),
      }),
    )
    .default([])
    .superRefine((variants, context) => {
      variants.forEach(({ name, from }, index) => {
        const before = [...taken, ...variants.slice(0, index).map((other) => other.name)];
        if (before.includes(name)) {
          context.addIssue({
            code: 'custom',
            path: [index, 'name'],
            message: `there is a stage of this name already: ${before.join(', ')}`,
          });
        }
        if (!before.includes(from)) {
          context.addIssue({
            code: 'custom',
            path: [index, 'from'],
            message: `it can start from ${before.join(', ')}`,
          });
        }
      });
    })
    .describe('other orders and parts of stage II, each measured in its own row');

/** What a run does after the paper's two stages. */
export const extensionsOf = (known: Registries) =>
  partsOf(known)
    .default([])
    .describe('extensions of the paper’s method, run in order from the result of stage II, or of `extensionsFrom`');
