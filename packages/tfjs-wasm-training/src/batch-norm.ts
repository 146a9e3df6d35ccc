import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { add, customGrad, div, mul, rsqrt, square, sub, tidy } from '@tensorflow/tfjs-core';
import { columnSums } from './column-sums.js';

/** Mean and (biased) variance of each channel over a batch. */
export interface BatchStatistics {
  /** How many values each channel's are taken over. */
  readonly count: number;
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/**
 * Mean and variance of each channel, over the batch and all positions.
 *
 * @param x `[N, H, W, C]` or `[N, C]`
 */
export function batchStatistics(x: Tensor): BatchStatistics {
  return tidy(() => {
    const count = x.size / (x.shape.at(-1) ?? 1);
    const mean: Tensor1D = div(columnSums(x), count);
    const variance: Tensor1D = div(columnSums(square(sub(x, mean))), count);
    return { count, mean, variance };
  });
}

/**
 * Batch norm by the batch's own statistics, y = γ·(x − μ)/√(σ² + ε) + β, as a training step needs it. The gradient
 * goes through μ and σ² (which are functions of x) in closed form, so that no intermediate of the forward pass is kept
 * besides x̂.
 *
 * @param x `[N, H, W, C]` or `[N, C]`
 * @param scale γ `[C]`
 * @param offset β `[C]`
 * @param statistics what {@link batchStatistics} gives for x
 */
export function normalizeByBatch(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  statistics: BatchStatistics,
  epsilon: number,
): Tensor {
  const normalize = customGrad((...given: unknown[]) => {
    // customGrad hands over the tensors, then a function that keeps values for the gradient.
    const [input, gamma, beta, save] = given as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const inverse = rsqrt(add(statistics.variance, epsilon));
    const standard = mul(sub(input, statistics.mean), inverse);
    save([standard, inverse, gamma]);
    return {
      value: add(mul(standard, gamma), beta),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [xHat, inverseDeviation, g] = saved as [Tensor, Tensor, Tensor];
        return tidy(() => {
          const count = dy.size / g.size;
          const dBeta = columnSums(dy);
          const dGamma = columnSums(mul(dy, xHat));
          const centred = sub(sub(dy, div(dBeta, count)), mul(xHat, div(dGamma, count)));
          return [mul(centred, mul(inverseDeviation, g)), dGamma, dBeta];
        });
      },
    };
  });
  return normalize(x, scale, offset);
}
