import type { Tensor4D } from '@tensorflow/tfjs-core';
import { conv2d, tidy, transpose } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes } from './geometry.js';
import { geometryOf, padOrCrop } from './geometry.js';

/**
 * ∂L/∂W of a convolution, as a convolution: the images with batch and channels swapped, over dy as one large kernel,
 * stride and dilation having changed places.
 *
 * @param x `[N, H, W, Cin]`
 * @param dy `[N, H', W', Cout]`
 * @param filterShape `[kH, kW, Cin, Cout]`
 */
export function conv2dFilterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: readonly [number, number, number, number],
  attributes: ConvolutionAttributes,
): Tensor4D {
  return tidy(() => {
    const geometry = geometryOf(x.shape, filterShape, attributes, 'full');
    const { stride, dilation, top, left } = geometry;
    // Rows beyond the last window were never read, so the trailing padding is whatever makes the sizes match.
    const behind = (size: number, before: number, axis: 0 | 1, kernel: number, output: number): number =>
      (kernel - 1) * dilation[axis] + (output - 1) * stride[axis] + 1 - size - before;
    const images = padOrCrop(
      x,
      [top, behind(geometry.inputHeight, top, 0, geometry.kernelHeight, dy.shape[1])],
      [left, behind(geometry.inputWidth, left, 1, geometry.kernelWidth, dy.shape[2])],
    );
    const gradient = conv2d(
      transpose(images, [3, 1, 2, 0]) as Tensor4D,
      transpose(dy, [1, 2, 0, 3]) as Tensor4D,
      [...dilation],
      'valid',
      'NHWC',
      [...stride],
    );
    return transpose(gradient, [1, 2, 0, 3]) as Tensor4D;
  });
}
