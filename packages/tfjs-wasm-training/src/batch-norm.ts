import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { add, clipByValue, customGrad, div, mul, rsqrt, square, step, sub, tidy } from '@tensorflow/tfjs-core';
import { columnSums } from './column-sums.js';
import { runRegistered } from './native/registered-kernel.js';

/** Mean and (biased) variance of each channel over a batch. */
export interface BatchStatistics {
  /** How many values each channel's are taken over. */
  readonly count: number;
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/** What a result is clipped to: `{ low: 0, high: Infinity }` is a ReLU. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

const unbounded: Bounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

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

/**
 * Batch norm by the batch's own statistics, y = γ·(x − μ)/√(σ² + ε) + β, clipped where bounds are given, as a training step
 * needs it. The gradient goes through μ and σ² (which are functions of x) in closed form; of the forward pass it keeps x
 * alone, and computes x̂ again.
 *
 * @param x `[N, H, W, C]` or `[N, C]`
 * @param scale γ `[C]`
 * @param offset β `[C]`
 * @param statistics what {@link batchStatistics} gives for x
 * @param bounds nothing passes back where the result is not strictly between them
 */
export function normalizeByBatch(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  statistics: BatchStatistics,
  epsilon: number,
  bounds: Bounds = unbounded,
): Tensor {
  const attributes = { epsilon, ...bounds };
  const normalize = customGrad((...given: unknown[]) => {
    // customGrad hands over the tensors, then a function that keeps values for the gradient.
    const [input, gamma, beta, save] = given as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const { mean, variance } = statistics;
    save([input, gamma, beta, mean, variance]);
    const inputs = { x: input, scale: gamma, offset: beta, mean, variance };
    const [native] = runRegistered('RheobaseBatchNormalize', inputs, attributes) ?? [];
    return {
      value: native ?? composed(input, gamma, beta, { mean, variance }, epsilon, bounds),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [kept, g, b, average, spread] = saved as [Tensor, Tensor, Tensor, Tensor1D, Tensor1D];
        const again = { x: kept, dy, scale: g, offset: b, mean: average, variance: spread };
        const gradients = runRegistered('RheobaseBatchNormalizeGrad', again, attributes);
        return gradients === undefined
          ? composedGradient(kept, dy, g, b, { mean: average, variance: spread }, epsilon, bounds)
          : [...gradients];
      },
    };
  });
  return normalize(x, scale, offset);
}

type Moments = Pick<BatchStatistics, 'mean' | 'variance'>;

function composed(x: Tensor, gamma: Tensor, beta: Tensor, moments: Moments, epsilon: number, bounds: Bounds): Tensor {
  return tidy(() => {
    const y = add(mul(standard(x, moments, epsilon), gamma), beta);
    return bounds === unbounded ? y : clipByValue(y, bounds.low, bounds.high);
  });
}

function standard(x: Tensor, { mean, variance }: Moments, epsilon: number): Tensor {
  return mul(sub(x, mean), rsqrt(add(variance, epsilon)));
}

function composedGradient(
  x: Tensor,
  dy: Tensor,
  gamma: Tensor,
  beta: Tensor,
  moments: Moments,
  epsilon: number,
  bounds: Bounds,
): Tensor[] {
  return tidy(() => {
    const xHat = standard(x, moments, epsilon);
    const passed = bounds === unbounded ? dy : mul(dy, inside(add(mul(xHat, gamma), beta), bounds));
    const count = dy.size / gamma.size;
    const dBeta = columnSums(passed);
    const dGamma = columnSums(mul(passed, xHat));
    const centred = sub(sub(passed, div(dBeta, count)), mul(xHat, div(dGamma, count)));
    return [mul(centred, mul(rsqrt(add(moments.variance, epsilon)), gamma)), dGamma, dBeta];
  });
}

/** 1 where a value is strictly between the bounds, else 0. */
function inside(y: Tensor, { low, high }: Bounds): Tensor {
  const above = Number.isFinite(low) ? step(sub(y, low)) : undefined;
  const below = Number.isFinite(high) ? step(sub(high, y)) : undefined;
  if (above === undefined || below === undefined) return above ?? below ?? step(add(square(y), 1));
  return mul(above, below);
}
