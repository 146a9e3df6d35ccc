import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { cast, customGrad, div, exp, log, max, mul, neg, oneHot, sub, sum, tidy } from '@tensorflow/tfjs-core';

/** A loss of a batch of logits `[N, K]` against labels `[N]`: a scalar, averaged over the batch, differentiable. */
export type ClassificationLoss = (logits: Tensor2D, labels: Tensor1D) => Scalar;

/**
 * Softmax cross-entropy, −Σ_k q_k·log softmax(z)_k, averaged over the batch. With smoothing ε the target q gives
 * 1 − ε + ε/K to the label and ε/K to every other class.
 *
 * @throws if smoothing is not in [0, 1).
 */
export function crossEntropy({ smoothing = 0 }: { readonly smoothing?: number } = {}): ClassificationLoss {
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new Error(`Label smoothing must be a number from 0 to below 1, not ${smoothing}.`);
  }
  return (logits, labels) => {
    const compute = customGrad((...given: unknown[]) => {
      const [z, save] = given as [Tensor2D, (tensors: Tensor[]) => void];
      const [count, classes] = z.shape;
      // oneHot's own float32 form writes integer bits on the wasm backend.
      const target = smooth(cast(oneHot(labels, classes), 'float32'), smoothing, classes);
      const shifted = sub(z, max(z, 1, true));
      const logProbabilities = sub(shifted, log(sum(exp(shifted), 1, true)));
      save([logProbabilities, target]);
      return {
        value: neg(div(sum(mul(target, logProbabilities)), count)) as Scalar,
        gradFunc: (dy: Tensor, saved: Tensor[]) => {
          const [logs, goal] = saved as [Tensor2D, Tensor2D];
          return tidy(() => mul(dy, div(sub(exp(logs), goal), count)));
        },
      };
    });
    return compute(logits) as Scalar;
  };
}

function smooth(target: Tensor, smoothing: number, classes: number): Tensor {
  return smoothing === 0 ? target : tidy(() => sub(mul(target, 1 - smoothing), -smoothing / classes));
}
