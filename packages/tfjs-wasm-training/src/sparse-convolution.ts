import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { add } from '@tensorflow/tfjs-core';
import type { GroupedConvolutionOptions } from './grouped-convolution.js';
import { groupedConv2d } from './grouped-convolution.js';
import { runRegistered } from './native/registered-kernel.js';
import { subsample } from './subsample.js';

/**
 * A convolution whose input is mostly zeros, such as spikes: only the other values cost anything, in the result and in the filter's gradient.
 * For any input it gives what a dense convolution gives, up to the order of its sums. Each call looks at a sample of the input and leaves
 * one that is not sparse to the dense kernels.
 *
 * A weight that is not finite makes NaN of all results of its filter, even where the input is 0, and so does such a number in the result's gradient
 * of its filter's gradient: nothing broken passes for silence.
 *
 * @param x `[N, H, W, C]`
 * @param filter `[kH, kW, C/groups, F]`, group after group
 * @param bias `[F]`
 * @throws if channels or filters do not divide into the groups.
 */
export function sparseConv2d(
  x: Tensor4D,
  filter: Tensor4D,
  bias: Tensor | undefined,
  options: GroupedConvolutionOptions,
): Tensor4D {
  const { strides, pad, dilations, groups } = options;
  const inputs = { x, filter, ...(bias && { bias }) };
  const attributes = { strides: [...strides], pad, dilations: [...dilations], dataFormat: 'NHWC', groups };
  const [y] = runRegistered('RheobaseSparseConv2D', inputs, attributes) ?? [];
  if (y !== undefined) return y as Tensor4D;
  const sums = composed(x, filter, options);
  return bias === undefined ? sums : add(sums, bias);
}

function composed(x: Tensor4D, filter: Tensor4D, options: GroupedConvolutionOptions): Tensor4D {
  const both = options.strides.some((stride) => stride > 1) && options.dilations.some((dilation) => dilation > 1);
  if (!both) return groupedConv2d(x, filter, options);
  // tfjs does not support both, so rows and columns are selected afterwards.
  return subsample(groupedConv2d(x, filter, { ...options, strides: [1, 1] }), options.strides);
}
