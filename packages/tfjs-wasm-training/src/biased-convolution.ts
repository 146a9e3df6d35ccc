import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { engine, fused, getGradient } from '@tensorflow/tfjs-core';

/** Rows and columns of zeros over the four axes of `[N, H, W, C]`. */
export type ExplicitPadding = [[0, 0], [number, number], [number, number], [0, 0]];

/**
 * A convolution of `[N, H, W, Cin]` with a bias `[Cout]`, added by the kernel. Its gradient computes what is asked for and no
 * more: tfjs' own `fused.conv2d`, which it replaces, also computes the gradient of an input that nobody trains.
 */
export function biasedConv2d(
  x: Tensor4D,
  filter: Tensor4D,
  bias: Tensor,
  { strides, pad }: { readonly strides: readonly [number, number]; readonly pad: ExplicitPadding },
): Tensor4D {
  if (getGradient('FusedConv2D') == null) {
    return fused.conv2d({ x, filter, bias, strides: [...strides], pad }) as Tensor4D;
  }
  const attributes = { strides: [...strides], pad, dataFormat: 'NHWC', dilations: [1, 1], activation: 'linear' };
  // Untyped in tfjs: any kernel's inputs and attributes.
  return engine().runKernel('FusedConv2D', { x, filter, bias }, attributes as never);
}
