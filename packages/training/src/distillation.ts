import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { add, div, exp, mul, sub, sum, tidy } from '@tensorflow/tfjs-core';
import { crossEntropy } from './cross-entropy.js';
import type { Loss } from './loss.js';
import { logSoftmax, softCrossEntropy } from './soft-cross-entropy.js';

export interface DistillationOptions {
  /** τ, by which both networks' logits are divided; default: 4. */
  readonly temperature?: number;
  /** w: how much of the loss is the teacher's, from 0 to 1; the rest is the labels'; default: 0.5. */
  readonly weight?: number;
  /** ε of the labels' cross-entropy; default: 0. */
  readonly smoothing?: number;
}

/**
 * Knowledge distillation (Hinton, Vinyals, Dean, "Distilling the knowledge in a neural network", 2015):
 * w·τ²·KL(softmax(t/τ) ‖ softmax(z/τ)) + (1 − w)·cross-entropy with the labels, where t are a teacher's logits. τ² keeps
 * the size of its gradient when τ changes. `fit` needs a `teacher` then.
 *
 * @throws if the temperature is not positive, the weight not in [0, 1] or smoothing not in [0, 1).
 */
export function distillation({ temperature = 4, weight = 0.5, smoothing = 0 }: DistillationOptions = {}): Loss {
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new Error(`The temperature of distillation must be a positive number, not ${temperature}.`);
  }
  if (!(weight >= 0 && weight <= 1)) {
    throw new Error(`The teacher's weight in distillation must be from 0 to 1, not ${weight}.`);
  }
  const fromLabels = crossEntropy({ smoothing });
  return {
    description: { kind: 'distillation', temperature, weight, smoothing },
    evaluate: (logits, target) => {
      const { teacherLogits } = target;
      if (teacherLogits === undefined) {
        throw new Error('Distillation learns from a teacher, but there is none: give fit one in its option `teacher`.');
      }
      return tidy(() => {
        const logs = logSoftmax(div(teacherLogits, temperature));
        const goal: Tensor2D = exp(logs);
        const entropy = div(sum(mul(goal, logs)), -logits.shape[0]);
        const divergence = sub(softCrossEntropy(div(logits, temperature), goal), entropy);
        return add<Scalar>(
          mul(divergence, weight * temperature ** 2),
          mul(fromLabels.evaluate(logits, target), 1 - weight),
        );
      });
    },
  };
}
