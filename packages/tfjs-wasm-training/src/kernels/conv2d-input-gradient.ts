import type { Tensor4D } from '@tensorflow/tfjs-core';
import { conv2d, reverse, tidy, transpose } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes } from './geometry.js';
import { geometryOf, padOrCrop, spreadWithZeros, transposedPadding } from './geometry.js';

/**
 * ∂L/∂x of a convolution, as a convolution: dy spread by the stride, with the kernel turned by 180° and its channels
 * swapped.
 *
 * @param dy `[N, H', W', Cout]`
 * @param kernel `[kH, kW, Cin, Cout]`
 * @param inputShape `[N, H, W, Cin]`
 */
export function conv2dInputGradient(
  dy: Tensor4D,
  kernel: Tensor4D,
  inputShape: readonly [number, number, number, number],
  attributes: ConvolutionAttributes,
): Tensor4D {
  return tidy(() => {
    const geometry = geometryOf(inputShape, kernel.shape, attributes, 'full');
    const { stride, dilation } = geometry;
    const spread = spreadWithZeros(dy, stride);
    const rows = transposedPadding(
      geometry.inputHeight,
      geometry.kernelHeight,
      dilation[0],
      geometry.top,
      spread.shape[1],
    );
    const columns = transposedPadding(
      geometry.inputWidth,
      geometry.kernelWidth,
      dilation[1],
      geometry.left,
      spread.shape[2],
    );
    const turned = transpose(reverse(kernel, [0, 1]), [0, 1, 3, 2]) as Tensor4D;
    if ([...rows, ...columns].every((amount) => amount >= 0)) {
      const padding: [[0, 0], [number, number], [number, number], [0, 0]] = [[0, 0], [...rows], [...columns], [0, 0]];
      return conv2d(spread, turned, 1, padding, 'NHWC', [...dilation]);
    }
    return conv2d(padOrCrop(spread, rows, columns), turned, 1, 'valid', 'NHWC', [...dilation]);
  });
}
