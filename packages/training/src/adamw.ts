import { adamWUpdate } from '@rheobase/tfjs-wasm-training';
import type { OptimizerDefinition, RoleOptions } from './optimizer.js';
import { perParameter } from './optimizer.js';

export interface AdamWOptions extends RoleOptions {
  /** Fraction of the mean gradient that a step keeps; default: 0.9. */
  readonly beta1?: number;
  /** Fraction of the mean squared gradient that a step keeps; default: 0.999. */
  readonly beta2?: number;
  /** Keeps a small mean square from giving a large step; default: 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam with weight decay apart from the gradient (Loshchilov, Hutter, "Decoupled weight decay regularization", 2019), as
 * PyTorch has it: m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
 * w ← (1 − η·λ)·w − η·(m/(1 − β₁ᵗ))/(√(v/(1 − β₂ᵗ)) + ε), where η is the learning rate.
 */
export function adamW({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  ...roles
}: AdamWOptions = {}): OptimizerDefinition {
  return perParameter(
    {
      description: { kind: 'adamw', beta1, beta2, epsilon },
      begin: (zeros) => ({ mean: zeros(), meanSquare: zeros() }),
      update: (variable, { mean, meanSquare }, gradient, { learningRate, decay, steps }) =>
        adamWUpdate(variable, mean, meanSquare, gradient, { learningRate, decay, beta1, beta2, epsilon, steps }),
    },
    roles,
  );
}
