import { z } from 'zod';
import type { Registries } from '../../registries.js';
import { count, positive } from './schema-values.js';
import { layerwise } from './stage-two-schema.js';
import { distillation, optimization, surrogate } from './training-fields.js';

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

const wholeNetwork = {
  ...optimization,
  upTo: count('left out of runs over more time steps than these').optional(),
  above: count('left out of runs over these time steps or fewer').optional(),
  optimizer: z.enum(['sgd', 'adamw']).default('sgd').describe('SGD with momentum 0.9, or AdamW'),
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

/** What a run does after the paper's two stages. */
export const extensionsOf = (known: Registries) =>
  z
    .array(
      z.discriminatedUnion('kind', [
        thresholdsPerChannel,
        neuronChoiceOf(known),
        potentials,
        recalibration,
        endToEnd,
        rateBased,
      ]),
    )
    .default([])
    .describe('extensions of the paper’s method, run in order from the result of stage II');
