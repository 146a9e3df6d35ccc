import { attributeValues, partsOf } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { leaky, leakyReference, leakySlope } from './leaky-relu.js';
import { levels } from './levels.js';
import { drawMask, noise } from './quantization-noise.js';
import { signedThreshold } from './signed-threshold.js';
import type { Quantization } from './threshold-grid.js';
import { onThresholdGrid } from './threshold-grid.js';

const parameters = { threshold: signedThreshold };
const attributes = { levels, slope: leakySlope, noise };

function quantizedClip(
  z: Tensor,
  threshold: Tensor,
  values: { readonly levels: number; readonly slope: number },
  quantization: Quantization,
): Tensor {
  return onThresholdGrid(leaky(z, values.slope), threshold, {
    levels: values.levels,
    lowest: -values.levels,
    highestPassing: values.levels,
    quantization,
  });
}

/**
 * |θ|·clip(⌊LeakyReLU(z)·L/|θ| + ½⌋/L, −1, 1): the activation of a leaky-ReLU network in stage I, and what a `signed-if`
 * neuron of the same slope comes close to (METHOD.md §4). Trained as `quant-clip` is.
 */
export const leakyQuantClip: Activation = {
  kind: 'leaky-quant-clip',
  summary: '|θ|·clip(⌊LeakyReLU(z)·L/|θ| + ½⌋/L, −1, 1); some elements unrounded in training',
  parameters,
  attributes,
  reference(z, values) {
    const theta = Math.abs(partsOf(parameters, values).threshold);
    const { levels: count, slope } = attributeValues(attributes, values);
    return theta * Math.min(Math.max(Math.floor((leakyReference(z, slope) * count) / theta + 0.5) / count, -1), 1);
  },
  gradient(z, values) {
    const { threshold } = partsOf(parameters, values);
    const { levels: count, slope } = attributeValues(attributes, values);
    const u = (leakyReference(z, slope) * count) / Math.abs(threshold);
    const q = Math.floor(u + 0.5);
    const sign = Math.sign(threshold);
    if (q < -count) return { z: 0, parameters: { threshold: -sign } };
    if (q > count) return { z: 0, parameters: { threshold: sign } };
    return { z: z > 0 ? 1 : slope, parameters: { threshold: (sign * (q - u)) / count } };
  },
  edges(values) {
    const theta = Math.abs(partsOf(parameters, values).threshold);
    const { levels: count, slope } = attributeValues(attributes, values);
    const rounding = Array.from({ length: 2 * count + 2 }, (_, n) => ((n - count - 0.5) * theta) / count);
    return [0, ...rounding.map((y) => (y > 0 ? y : y / slope))];
  },
  evaluate(z, given, fixed) {
    const values = attributeValues(attributes, fixed);
    return tidy(() => quantizedClip(z, partsOf(parameters, given).threshold, values, { kind: 'half-up' }));
  },
  train(z, given, fixed, random) {
    const values = attributeValues(attributes, fixed);
    const mask = drawMask(values.noise, random);
    return tidy(() =>
      quantizedClip(z, partsOf(parameters, given).threshold, values, { kind: 'half-up-with-noise', mask }),
    );
  },
};
