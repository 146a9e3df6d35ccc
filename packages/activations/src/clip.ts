import { partsOf } from '@rheobase/network';
import type { Activation } from './activation.js';
import { signedThreshold } from './signed-threshold.js';
import { onThresholdGrid } from './threshold-grid.js';

const parameters = { threshold: signedThreshold };

/** y = |θ|·clip(z/|θ|, 0, 1) with a learnable θ: the activation of a source network (METHOD.md §1). */
export const clip: Activation = {
  kind: 'clip',
  summary: '|θ|·clip(z/|θ|, 0, 1) with a learnable threshold θ',
  parameters,
  attributes: {},
  reference(z, values) {
    const theta = Math.abs(partsOf(parameters, values).threshold);
    return theta * Math.min(Math.max(z / theta, 0), 1);
  },
  edges: (values) => [0, Math.abs(partsOf(parameters, values).threshold)],
  evaluate: (z, given) =>
    onThresholdGrid(z, partsOf(parameters, given).threshold, {
      levels: 1,
      lowest: 0,
      highestPassing: 1,
      quantization: { kind: 'none' },
    }),
};
