import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import {
  add,
  addN,
  div,
  exp,
  maximum,
  mean,
  mul,
  square,
  squaredDifference,
  sub,
  sum,
  tidy,
} from '@tensorflow/tfjs-core';
import { crossEntropy } from './cross-entropy.js';
import type { Loss, LossTarget } from './loss.js';
import { logSoftmax, softCrossEntropy } from './soft-cross-entropy.js';

export interface DistillationOptions {
  /** τ, by which both networks' logits are divided; default: 4. */
  readonly temperature?: number;
  /** w: how much of the loss is the teacher's, from 0 to 1; the rest is the labels'; default: 0.5. */
  readonly weight?: number;
  /** ε of the labels' cross-entropy; default: 0. */
  readonly smoothing?: number;
  /**
   * By node, the weight of a term that keeps its values s near the teacher's t: mean (s − t)² / mean t², so that it is 1 for a node that gives
   * zeros, whatever the teacher's scale. The nodes have the same names in both networks; default: none.
   */
  readonly features?: Readonly<Record<string, number>>;
}

/**
 * Knowledge distillation (Hinton, Vinyals, Dean, "Distilling the knowledge in a neural network", 2015):
 * w·τ²·KL(softmax(t/τ) ‖ softmax(z/τ)) + (1 − w)·cross-entropy with the labels, where t are a teacher's logits. τ² keeps
 * the size of its gradient when τ changes. `fit` needs a `teacher` then. Values inside the networks can be compared as well (Romero et al.,
 * "FitNets", ICLR 2015): `features`.
 *
 * @throws if the temperature is not positive, the weight not in [0, 1], smoothing not in [0, 1), or a feature's weight not positive.
 */
export function distillation({
  temperature = 4,
  weight = 0.5,
  smoothing = 0,
  features = {},
}: DistillationOptions = {}): Loss {
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new Error(`The temperature of distillation must be a positive number, not ${temperature}.`);
  }
  if (!(weight >= 0 && weight <= 1)) {
    throw new Error(`The teacher's weight in distillation must be from 0 to 1, not ${weight}.`);
  }
  const nodes = Object.entries(features);
  for (const [node, own] of nodes) {
    if (!(own > 0 && Number.isFinite(own))) {
      throw new Error(`The weight of the feature '${node}' in distillation must be a positive number, not ${own}.`);
    }
  }
  const fromLabels = crossEntropy({ smoothing });
  return {
    description: { kind: 'distillation', temperature, weight, smoothing, features: { ...features } },
    features: nodes.map(([node]) => node),
    evaluate: (logits, target, values = new Map()) => {
      const { teacherLogits } = target;
      if (teacherLogits === undefined) {
        throw new Error('Distillation learns from a teacher, but there is none: give fit one in its option `teacher`.');
      }
      return tidy(() => {
        const logs = logSoftmax(div(teacherLogits, temperature));
        const goal: Tensor2D = exp(logs);
        const entropy = div(sum(mul(goal, logs)), -logits.shape[0]);
        const divergence = sub(softCrossEntropy(div(logits, temperature), goal), entropy);
        const loss = add<Scalar>(
          mul(divergence, weight * temperature ** 2),
          mul(fromLabels.evaluate(logits, target), 1 - weight),
        );
        if (nodes.length === 0) return loss;
        return addN<Scalar>([loss, ...nodes.map(([node, own]) => mul<Scalar>(distanceAt(node, values, target), own))]);
      });
    },
  };
}

/** Of a teacher that is silent there; the mean of squares of usual activations is far above it. */
const leastMeanSquare = 1e-8;

/** mean (s − t)² / mean t² of the values s of a node, and its teacher's t. */
function distanceAt(node: string, values: ReadonlyMap<string, Tensor>, { teacherFeatures }: LossTarget): Scalar {
  const [own, goal] = [values.get(node), teacherFeatures?.get(node)];
  if (own === undefined || goal === undefined) {
    throw new Error(
      `Distillation compares the values of '${node}', but ${own === undefined ? 'the forward pass' : 'the teacher'} gave none: ` +
        'it takes `analogForward` and a teacher made by `teacherFrom`.',
    );
  }
  if (own.shape.join() !== goal.shape.join()) {
    throw new Error(
      `Distillation compares the values of '${node}', but their shape is [${own.shape.join(', ')}], and the teacher's [${goal.shape.join(', ')}].`,
    );
  }
  return div<Scalar>(mean(squaredDifference(own, goal)), maximum(mean(square(goal)), leastMeanSquare));
}
