import { relu6 as rectify } from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { clipGradient } from './clip-gradient.js';
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
      () => {
        const y = rectify(z);
        return { value: y, saved: [y] };
      },
      (dy, [y]) => [clipGradient(dy, y, { low: 0, high: 6 })],
    ),
};
