import type { Float32Parameter, Shape } from '@rheobase/network';
import { constantParameter, float32Parameter, namedStream, sizeOf } from '@rheobase/network';
import { normalQuantile } from './normal-quantile.js';

/**
 * What new weights are: `random`, drawn by He's rule, or `zeros`, for a network that is about to receive trained weights.
 */
export const initializations = ['random', 'zeros'] as const;
export type Initialization = (typeof initializations)[number];

function normal(shape: Shape, deviation: number, seed: number, name: string): Float32Parameter {
  const random = namedStream(seed, name);
  const data = new Float32Array(sizeOf(shape));
  for (let at = 0; at < data.length; at += 1) {
    data[at] = deviation * normalQuantile(((random.next() >>> 0) + 0.5) * 2 ** -32);
  }
  return float32Parameter('weight', shape, data);
}

/**
 * A convolution's kernel after He et al. (arXiv 1502.01852), by fan-out as in torchvision: normal, of variance 2 / fan-out. The
 * fan-out, kH·kW·Cout/groups, counts the outputs that one input reaches (PyTorch leaves out the division by the groups).
 *
 * @param shape `[kH, kW, Cin/groups, Cout]`
 * @param name the parameter's name, which with the seed decides the numbers
 */
export function heNormalKernel(
  shape: readonly [kernelHeight: number, kernelWidth: number, channelsPerGroup: number, filters: number],
  groups: number,
  seed: number,
  name: string,
): Float32Parameter {
  const [kernelHeight, kernelWidth, , filters] = shape;
  return normal(shape, Math.sqrt((2 * groups) / (kernelHeight * kernelWidth * filters)), seed, name);
}

/**
 * A dense layer's weights after He et al.: normal, of variance 2 / inputs (the fan-in).
 *
 * @param shape `[inputs, outputs]`
 * @param name the parameter's name, which with the seed decides the numbers
 * @param gain factor on the standard deviation; default: 1
 */
export function heNormalDense(
  shape: readonly [inputs: number, outputs: number],
  seed: number,
  name: string,
  gain = 1,
): Float32Parameter {
  return normal(shape, gain * Math.sqrt(2 / shape[0]), seed, name);
}

/** A bias or the β of a batch norm, all zero. */
export function zeroBias(channels: number): Float32Parameter {
  return constantParameter('bias', [channels], 0);
}

/** What a new batch norm does: nothing. γ = 1, β = 0, μ = 0, σ² = 1. */
export function identityBatchNorm(channels: number): {
  readonly scale: Float32Parameter;
  readonly offset: Float32Parameter;
  readonly mean: Float32Parameter;
  readonly variance: Float32Parameter;
} {
  return {
    scale: constantParameter('scale', [channels], 1),
    offset: zeroBias(channels),
    mean: constantParameter('statistic', [channels], 0),
    variance: constantParameter('statistic', [channels], 1),
  };
}
