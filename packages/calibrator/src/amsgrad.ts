import type { AdamWOptions, OptimizerDefinition } from '@rheobase/training';
import { perParameter } from '@rheobase/training';
import { add, div, maximum, mul, sqrt, square, sub } from '@tensorflow/tfjs-core';

export type AmsgradOptions = Omit<AdamWOptions, 'weightDecay'>;

/**
 * Adam whose steps never grow again (Reddi, Kale, Kumar, "On the convergence of Adam and beyond", 2018), as PyTorch has it:
 * m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², v̂ ← max(v̂, v), w ← w − η·(m/(1 − β₁ᵗ))/(√(v̂/(1 − β₂ᵗ)) + ε).
 * η is the learning rate.
 */
export function amsgrad({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  rateFactor = {},
}: AmsgradOptions = {}): OptimizerDefinition {
  return perParameter(
    {
      description: { kind: 'amsgrad', beta1, beta2, epsilon },
      begin: (zeros) => ({ mean: zeros(), meanSquare: zeros(), greatest: zeros() }),
      update(variable, { mean, meanSquare, greatest }, gradient, { learningRate, steps }) {
        mean.assign(add(mul(mean, beta1), mul(gradient, 1 - beta1)));
        meanSquare.assign(add(mul(meanSquare, beta2), mul(square(gradient), 1 - beta2)));
        greatest.assign(maximum(greatest, meanSquare));
        const deviation = add(mul(sqrt(greatest), 1 / Math.sqrt(1 - beta2 ** steps)), epsilon);
        variable.assign(sub(variable, mul(div(mean, deviation), learningRate / (1 - beta1 ** steps))));
      },
    },
    { rateFactor },
  );
}
