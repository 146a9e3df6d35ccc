import type { Tensor4D } from '@tensorflow/tfjs-core';
import { engine, matMul } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes } from '../kernels/geometry.js';
import { columnSums } from '../column-sums.js';
import type { Gradient } from './gradient.js';
import { at } from './gradient.js';

interface Transposed {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const matMulGradient: Gradient<Transposed> = {
  kernelName: 'BatchMatMul',
  inputsToSave: ['a', 'b'],
  gradient: (dy, saved, { transposeA, transposeB }) => {
    const [a, b] = [at(saved, 0), at(saved, 1)];
    return {
      a: () => (transposeA ? matMul(b, dy, transposeB, true) : matMul(dy, b, false, !transposeB)),
      b: () => (transposeB ? matMul(dy, a, true, transposeA) : matMul(a, dy, !transposeA, false)),
    };
  },
};

function convolutionGradient(
  kernelName: string,
  inputKernel: string,
  filterKernel: string,
): Gradient<ConvolutionAttributes & { readonly groups?: number }> {
  return {
    kernelName,
    inputsToSave: ['x', 'filter'],
    gradient: (dy, saved, attributes) => {
      const [x, filter] = [at(saved, 0) as Tensor4D, at(saved, 1) as Tensor4D];
      const { strides, pad, dilations = 1, dimRoundingMode = null, groups = 1 } = attributes;
      // The dilation is an addition to tfjs' own attributes, whose gradients know none.
      const shared = { strides, pad, dilations, dataFormat: 'NHWC', dimRoundingMode, groups };
      const run = (name: string, inputs: Record<string, Tensor4D>, shapes: Record<string, number[]>): Tensor4D =>
        // Untyped in tfjs: any kernel's inputs and attributes.
        engine().runKernel(name, inputs, { ...shared, ...shapes } as never);
      return {
        x: () => run(inputKernel, { dy: dy as Tensor4D, filter }, { inputShape: x.shape, filterShape: filter.shape }),
        filter: () => run(filterKernel, { x, dy: dy as Tensor4D }, { filterShape: filter.shape }),
      };
    },
  };
}

const plainConvolutionGradient = convolutionGradient('Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter');

/**
 * Of a convolution with a bias, as tfjs' kernel `FusedConv2D` does it. tfjs' own operation computes all three gradients whether
 * they are asked for or not; called as a kernel, only those that training reads are.
 */
const biasedConvolutionGradient: Gradient<ConvolutionAttributes> = {
  kernelName: 'FusedConv2D',
  inputsToSave: ['x', 'filter'],
  gradient: (dy, saved, attributes) => ({
    ...plainConvolutionGradient.gradient(dy, saved, attributes),
    bias: () => columnSums(dy),
  }),
};

/** Of a sparse convolution, with or without a bias. */
const sparseConvolutionGradient: Gradient<ConvolutionAttributes> = {
  kernelName: 'RheobaseSparseConv2D',
  inputsToSave: ['x', 'filter'],
  gradient: (dy, saved, attributes) => ({
    ...convolutionGradient(
      'RheobaseSparseConv2D',
      'RheobaseSparseConv2DBackpropInput',
      'RheobaseSparseConv2DBackpropFilter',
    ).gradient(dy, saved, attributes),
    bias: () => columnSums(dy),
  }),
};

/** Gradients of matrix products and convolutions. */
export const productGradients = {
  matMul: matMulGradient,
  convolutions: [
    plainConvolutionGradient,
    biasedConvolutionGradient,
    sparseConvolutionGradient,
    convolutionGradient(
      'DepthwiseConv2dNative',
      'DepthwiseConv2dNativeBackpropInput',
      'DepthwiseConv2dNativeBackpropFilter',
    ),
  ],
} as const;
