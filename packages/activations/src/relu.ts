import { mul, relu as rectify, step } from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { customGradient } from './custom-gradient.js';

/** y = max(z, 0); its derivative at 0 is 0. */
export const relu: Activation = {
  kind: 'relu',
  summary: 'max(z, 0)',
  parameters: {},
  attributes: {},
  reference: (z) => Math.max(z, 0),
  edges: () => [0],
  evaluate: (z) =>
    customGradient(
      [z],
      () => ({ value: rectify(z), saved: [z] }),
      (dy, [input]) => [mul(dy, step(input))],
    ),
};
