import { attributeValues, partsOf } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { levels } from './levels.js';
import { drawMask, noise } from './quantization-noise.js';
import { signedThreshold } from './signed-threshold.js';
import type { Quantization } from './threshold-grid.js';
import { onThresholdGrid } from './threshold-grid.js';

const parameters = { threshold: signedThreshold };
const attributes = { levels, noise };

function quantizedClip(z: Tensor, threshold: Tensor, count: number, quantization: Quantization): Tensor {
  return onThresholdGrid(z, threshold, { levels: count, lowest: 0, highestPassing: count, quantization });
}

/**
 * QC(z) = |θ|·clip(⌊z·L/|θ| + ½⌋/L, 0, 1), the activation of stage I (METHOD.md §3). In training an element in ten
 * passes unrounded. Rounding is straight-through; the clip keeps its own derivative, taken at the rounded value.
 */
export const quantClip: Activation = {
  kind: 'quant-clip',
  summary: '|θ|·clip(⌊z·L/|θ| + ½⌋/L, 0, 1); some elements unrounded in training',
  parameters,
  attributes,
  reference(z, values) {
    const theta = Math.abs(partsOf(parameters, values).threshold);
    const count = attributeValues(attributes, values).levels;
    return theta * Math.min(Math.max(Math.floor((z * count) / theta + 0.5) / count, 0), 1);
  },
  gradient(z, values) {
    const { threshold } = partsOf(parameters, values);
    const count = attributeValues(attributes, values).levels;
    const u = (z * count) / Math.abs(threshold);
    const q = Math.floor(u + 0.5);
    const sign = Math.sign(threshold);
    if (q < 0) return { z: 0, parameters: { threshold: 0 } };
    if (q > count) return { z: 0, parameters: { threshold: sign } };
    return { z: 1, parameters: { threshold: (sign * (q - u)) / count } };
  },
  edges(values) {
    const theta = Math.abs(partsOf(parameters, values).threshold);
    const count = attributeValues(attributes, values).levels;
    return Array.from({ length: count + 2 }, (_, n) => ((n - 0.5) * theta) / count);
  },
  evaluate(z, given, fixed) {
    const count = attributeValues(attributes, fixed).levels;
    return quantizedClip(z, partsOf(parameters, given).threshold, count, { kind: 'half-up' });
  },
  train(z, given, fixed, random) {
    const { levels: count, noise: probability } = attributeValues(attributes, fixed);
    const mask = drawMask(probability, random);
    return quantizedClip(z, partsOf(parameters, given).threshold, count, { kind: 'half-up-with-noise', mask });
  },
};
