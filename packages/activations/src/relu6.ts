import { mul, relu6 as rectify, step, sub } from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { customGradient } from './custom-gradient.js';

/** y = min(max(z, 0), 6), the activation of MobileNetV2; its derivative at 0 and at 6 is 0. */
export const relu6: Activation = {
  kind: 'relu6',
  summary: 'min(max(z, 0), 6)',
  parameters: {},
  attributes: {},
  reference: (z) => Math.min(Math.max(z, 0), 6),
  edges: () => [0, 6],
  evaluate: (z) =>
    customGradient(
      [z],
      () => ({ value: rectify(z), saved: [z] }),
      (dy, [input]) => [mul(dy, mul(step(input), step(sub(6, input))))],
    ),
};
