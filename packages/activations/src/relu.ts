import { relu as rectify } from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { clipGradient } from './clip-gradient.js';
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
      () => {
        const y = rectify(z);
        return { value: y, saved: [y] };
      },
      (dy, [y]) => [clipGradient(dy, y, { low: 0, high: Number.POSITIVE_INFINITY })],
    ),
};
