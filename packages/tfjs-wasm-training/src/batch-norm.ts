import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { add, customGrad, div, mul, rsqrt, square, sub, tidy } from '@tensorflow/tfjs-core';
import { columnSums } from './column-sums.js';
import { runRegistered } from './native/registered-kernel.js';

/** Mean and (biased) variance of each channel over a batch. */
export interface BatchStatistics {
  /** The number of values that each channel's statistics are computed over. */
  readonly count: number;
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/**
 * Mean and variance of each channel, over the batch and all positions. The kernel reads x once, in blocks whose means
 * and squared deviations it merges, so that neither long batches nor means far from 0 cost accuracy. Not differentiable:
 * {@link normalizeByBatch} is, through them.
 *
 * @param x `[N, H, W, C]` or `[N, C]`
 */
export function batchStatistics(x: Tensor): BatchStatistics {
  return tidy(() => {
    const count = x.size / (x.shape.at(-1) ?? 1);
    const [nativeMean, nativeVariance] = runRegistered('RheobaseBatchStatistics', { x }) ?? [];
    if (nativeMean !== undefined && nativeVariance !== undefined) {
      return { count, mean: nativeMean as Tensor1D, variance: nativeVariance as Tensor1D };
    }
    const mean: Tensor1D = div(columnSums(x), count);
    const variance: Tensor1D = div(columnSums(square(sub(x, mean))), count);
    return { count, mean, variance };
  });
}

/** Mean and variance of each channel, `[C]`. */
export type Moments = Pick<BatchStatistics, 'mean' | 'variance'>;

/**
 * Batch norm by the batch's own statistics, y = γ·(x − μ)/√(σ² + ε) + β, as a training step needs it. The gradient goes
 * through μ and σ² (which are functions of x) in closed form; of the forward pass it keeps x alone, and computes x̂ again.
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
  return normalize(x, scale, offset, statistics, epsilon, {
    kernelName: 'RheobaseBatchNormalizeGrad',
    compose: (dy, xHat, dScale, dOffset) => {
      const { count } = statistics;
      return sub(sub(dy, div(dOffset, count)), mul(xHat, div(dScale, count)));
    },
  });
}

/**
 * Batch norm by a mean and a variance that are constants, as in inference: differentiable with respect to x, γ and β.
 *
 * @param x `[N, H, W, C]` or `[N, C]`
 * @param scale γ `[C]`
 * @param offset β `[C]`
 */
export function normalizeByMoments(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  moments: Moments,
  epsilon: number,
): Tensor {
  return normalize(x, scale, offset, moments, epsilon, {
    kernelName: 'RheobaseFixedNormalizeGrad',
    compose: (dy) => dy,
  });
}

/** How the gradient comes back to x: a kernel, or ∂loss/∂x in units of γ/√(σ² + ε), composed. */
interface WayBack {
  readonly kernelName: string;
  readonly compose: (dy: Tensor, xHat: Tensor, dScale: Tensor, dOffset: Tensor) => Tensor;
}

function normalize(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  { mean, variance }: Moments,
  epsilon: number,
  back: WayBack,
): Tensor {
  const operation = customGrad((...given: unknown[]) => {
    // customGrad hands over the tensors, then a function that keeps values for the gradient.
    const [input, gamma, beta, save] = given as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const inputs = { x: input, scale: gamma, offset: beta, mean, variance };
    const [native] = runRegistered('RheobaseNormalize', inputs, { epsilon }) ?? [];
    const value = native ?? tidy(() => add(mul(standard(input, { mean, variance }, epsilon), gamma), beta));
    // Last: what is saved outlives an error.
    save([input, gamma, mean, variance]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [kept, g, average, spread] = saved as [Tensor, Tensor, Tensor1D, Tensor1D];
        const again = { x: kept, dy, scale: g, mean: average, variance: spread };
        const gradients = runRegistered(back.kernelName, again, { epsilon });
        return gradients === undefined ? composedGradient(again, epsilon, back) : [...gradients];
      },
    };
  });
  return operation(x, scale, offset);
}

function standard(x: Tensor, { mean, variance }: Moments, epsilon: number): Tensor {
  return mul(sub(x, mean), rsqrt(add(variance, epsilon)));
}

function composedGradient(
  { x, dy, scale, mean, variance }: Moments & Readonly<Record<'x' | 'dy' | 'scale', Tensor>>,
  epsilon: number,
  { compose }: WayBack,
): Tensor[] {
  return tidy(() => {
    const xHat = standard(x, { mean, variance }, epsilon);
    const dOffset = columnSums(dy);
    const dScale = columnSums(mul(dy, xHat));
    const dx = mul(compose(dy, xHat, dScale, dOffset), mul(rsqrt(add(variance, epsilon)), scale));
    return [dx, dScale, dOffset];
  });
}
