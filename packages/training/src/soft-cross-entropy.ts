import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { customGrad, div, exp, log, max, mul, neg, sub, sum, tidy } from '@tensorflow/tfjs-core';

/** log softmax(z), row by row. Its gradient is not that of its parts: take it in an operation that has its own. */
export function logSoftmax(logits: Tensor2D): Tensor2D {
  return tidy(() => {
    const shifted = sub(logits, max(logits, 1, true));
    return sub(shifted, log(sum(exp(shifted), 1, true)));
  });
}

/**
 * −Σ_k q_k·log softmax(z)_k, averaged over the batch. Its gradient is (softmax(z) − q)/N, taken in one piece.
 *
 * @param logits z `[N, K]`
 * @param target q `[N, K]`, whose rows each sum to 1; constant
 */
export function softCrossEntropy(logits: Tensor2D, target: Tensor2D): Scalar {
  const compute = customGrad((...given: unknown[]) => {
    const [z, save] = given as [Tensor2D, (tensors: Tensor[]) => void];
    const [count] = z.shape;
    const logProbabilities = logSoftmax(z);
    const value = neg(div(sum(mul(target, logProbabilities)), count)) as Scalar;
    // Last: what is saved outlives an error.
    save([logProbabilities, target]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [logs, goal] = saved as [Tensor2D, Tensor2D];
        return tidy(() => mul(dy, div(sub(exp(logs), goal), count)));
      },
    };
  });
  return compute(logits) as Scalar;
}
