import { sgdUpdate } from '@rheobase/tfjs-wasm-training';
import type { OptimizerDefinition, RoleOptions } from './optimizer.js';
import { perParameter } from './optimizer.js';

export interface SgdOptions extends RoleOptions {
  /** Fraction m of the last step's velocity that is kept; default: 0.9. */
  readonly momentum?: number;
  /** Whether a step looks ahead along the velocity (Nesterov's momentum); default: off. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with momentum, as PyTorch has it: g ← g + λ·w, v ← m·v + g, w ← w − η·v; with Nesterov's
 * momentum w ← w − η·(g + m·v). η is the learning rate.
 */
export function sgd({ momentum = 0.9, nesterov = false, ...roles }: SgdOptions = {}): OptimizerDefinition {
  return perParameter(
    {
      description: { kind: 'sgd', momentum, nesterov },
      begin: (zeros) => ({ velocity: zeros() }),
      update: (variable, { velocity }, gradient, { learningRate, decay }) =>
        sgdUpdate(variable, velocity, gradient, { learningRate, decay, momentum, nesterov }),
    },
    roles,
  );
}
