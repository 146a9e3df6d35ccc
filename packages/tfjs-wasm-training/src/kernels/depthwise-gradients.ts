import type { Tensor4D } from '@tensorflow/tfjs-core';
import { add, depthwiseConv2d, mul, reshape, reverse, slice, stack, tidy } from '@tensorflow/tfjs-core';
import { columnSums } from '../column-sums.js';
import { subsample } from '../subsample.js';
import type { ConvolutionAttributes } from './geometry.js';
import { geometryOf, padOrCrop, spreadWithZeros, transposedPadding } from './geometry.js';

/** The part of `[N, H', W', C·M]` that belongs to the m-th filter of each channel: `[N, H', W', C]`. */
function filterPart(dy: Tensor4D, channels: number, multiplier: number, m: number): Tensor4D {
  if (multiplier === 1) return dy;
  const [count, height, width] = dy.shape;
  const byFilter = reshape(dy, [count * height * width, channels, multiplier]);
  return reshape(slice(byFilter, [0, 0, m], [-1, -1, 1]), [count, height, width, channels]) as Tensor4D;
}

/**
 * ∂L/∂x of a depthwise convolution.
 *
 * @param dy `[N, H', W', C·M]`
 * @param kernel `[kH, kW, C, M]`
 * @param inputShape `[N, H, W, C]`
 */
export function depthwiseInputGradient(
  dy: Tensor4D,
  kernel: Tensor4D,
  inputShape: readonly [number, number, number, number],
  attributes: ConvolutionAttributes,
): Tensor4D {
  return tidy(() => {
    const geometry = geometryOf(inputShape, kernel.shape, attributes, 'depthwise');
    const [, , channels, multiplier] = kernel.shape;
    const turned = reverse(kernel, [0, 1]);
    const parts = Array.from({ length: multiplier }, (_, m) => {
      const spread = spreadWithZeros(filterPart(dy, channels, multiplier, m), geometry.stride);
      const { inputHeight, inputWidth, kernelHeight, kernelWidth, dilation, top, left } = geometry;
      const padded = padOrCrop(
        spread,
        transposedPadding(inputHeight, kernelHeight, dilation[0], top, spread.shape[1]),
        transposedPadding(inputWidth, kernelWidth, dilation[1], left, spread.shape[2]),
      );
      const filter = slice(turned, [0, 0, 0, m], [-1, -1, -1, 1]);
      return depthwiseConv2d(padded, filter, 1, 'valid', 'NHWC', [...dilation]);
    });
    return parts.reduce((total, part) => add(total, part));
  });
}

/**
 * ∂L/∂W of a depthwise convolution, tap by tap.
 *
 * @param x `[N, H, W, C]`
 * @param dy `[N, H', W', C·M]`
 * @param filterShape `[kH, kW, C, M]`
 */
export function depthwiseFilterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: readonly [number, number, number, number],
  attributes: ConvolutionAttributes,
): Tensor4D {
  return tidy(() => {
    const geometry = geometryOf(x.shape, filterShape, attributes, 'depthwise');
    const [kernelHeight, kernelWidth, channels, multiplier] = filterShape;
    const [, outputHeight, outputWidth] = dy.shape;
    const { stride, dilation, top, left, inputHeight, inputWidth } = geometry;
    const reach = (axis: 0 | 1, kernel: number, output: number): number =>
      (kernel - 1) * dilation[axis] + (output - 1) * stride[axis] + 1;
    const images = padOrCrop(
      x,
      [top, reach(0, kernelHeight, outputHeight) - inputHeight - top],
      [left, reach(1, kernelWidth, outputWidth) - inputWidth - left],
    );
    const taps: Tensor4D[] = [];
    for (let row = 0; row < kernelHeight; row++) {
      for (let column = 0; column < kernelWidth; column++) {
        const seen = slice(
          images,
          [0, row * dilation[0], column * dilation[1], 0],
          [-1, (outputHeight - 1) * stride[0] + 1, (outputWidth - 1) * stride[1] + 1, -1],
        );
        const picked = stride[0] * stride[1] > 1 ? subsample(seen, stride) : seen;
        const byFilter = Array.from({ length: multiplier }, (_, m) =>
          columnSums(mul(picked, filterPart(dy, channels, multiplier, m))),
        );
        taps.push(reshape(stack(byFilter, 1), [1, 1, channels, multiplier]) as Tensor4D);
      }
    }
    // stack joins [1, 1, C, M] taps as [kH·kW, 1, 1, C, M], which is the filter's own layout.
    return reshape(stack(taps, 0), [kernelHeight, kernelWidth, channels, multiplier]) as Tensor4D;
  });
}
