import type { Conv2dNode, Padding } from '@rheobase/network';
import {
  biasedConv2d,
  type ExplicitPadding,
  groupedConv2d,
  requireTensorMemory,
  sparseConv2d,
  subsample,
} from '@rheobase/tfjs-wasm-training';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { add, conv2d, depthwiseConv2d, reshape } from '@tensorflow/tfjs-core';

/** Padding in tfjs' form, for all four axes of `[N, H, W, C]`. */
export function explicitPadding(padding: Padding): ExplicitPadding {
  return [
    [0, 0],
    [padding.top, padding.bottom],
    [padding.left, padding.right],
    [0, 0],
  ];
}

/**
 * A node's convolution.
 *
 * @param x `[N, H, W, Cin]`
 * @param kernel `[kH, kW, Cin/groups, Cout]`
 * @param bias `[Cout]`
 * @param sparse whether x is mostly zeros: then only the other values cost anything
 */
export function convolve(
  x: Tensor4D,
  kernel: Tensor4D,
  bias: Tensor | undefined,
  node: Pick<Conv2dNode, 'stride' | 'padding' | 'dilation' | 'groups'>,
  sparse: boolean,
): Tensor4D {
  // The backend caches a copy of the weights in its own layout.
  requireTensorMemory(4 * kernel.size);
  const { stride, dilation } = node;
  // A depthwise convolution has so little to compute that looking for zeros costs more.
  const depthwise = node.groups > 1 && kernel.shape[2] === 1;
  if (sparse && !depthwise) {
    const { groups } = node;
    const pad = explicitPadding(node.padding);
    return sparseConv2d(x, kernel, bias, { strides: stride, pad, dilations: dilation, groups });
  }
  const strided = stride[0] > 1 || stride[1] > 1;
  const dilated = dilation[0] > 1 || dilation[1] > 1;
  if (bias !== undefined && node.groups === 1 && !dilated) {
    // The backend adds a bias for free in the convolution; a separate broadcast costs a tenth of the layer's time.
    const pad = explicitPadding(node.padding);
    return biasedConv2d(x, kernel, bias, { strides: stride, pad });
  }
  // tfjs does not support both, so its rows and columns are selected afterwards.
  const y =
    strided && dilated ? subsample(grouped(x, kernel, { ...node, stride: [1, 1] }), stride) : grouped(x, kernel, node);
  return bias === undefined ? y : add(y, bias);
}

function grouped(
  x: Tensor4D,
  kernel: Tensor4D,
  { stride, padding, dilation, groups }: Pick<Conv2dNode, 'stride' | 'padding' | 'dilation' | 'groups'>,
): Tensor4D {
  const pad = explicitPadding(padding);
  if (groups === 1) return conv2d(x, kernel, [...stride], pad, 'NHWC', [...dilation]);

  const [kernelHeight, kernelWidth, channels, filters] = kernel.shape;
  if (channels === 1) {
    // [kH, kW, 1, C·M] and tfjs' depthwise [kH, kW, C, M] have the same memory layout.
    const depthwise = reshape(kernel, [kernelHeight, kernelWidth, groups, filters / groups]) as Tensor4D;
    return depthwiseConv2d(x, depthwise, [...stride], pad, 'NHWC', [...dilation]);
  }
  return groupedConv2d(x, kernel, { strides: stride, pad, dilations: dilation, groups });
}
