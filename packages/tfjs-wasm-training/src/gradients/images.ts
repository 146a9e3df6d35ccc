import type { Tensor } from '@tensorflow/tfjs-core';
import { add, engine, eye, matMul, mul, neg, reshape, rsqrt, scalar, sub } from '@tensorflow/tfjs-core';
import type { Gradient } from './gradient.js';
import { at, sumTo } from './gradient.js';

/** Runs a kernel by its name. */
function run(name: string, inputs: Record<string, Tensor>, attributes: object): Tensor {
  // Untyped in tfjs: any kernel's inputs and attributes.
  return engine().runKernel(name, inputs, { ...attributes } as never);
}

interface Size {
  readonly size: readonly [height: number, width: number];
}

/**
 * The gradient of a resizing, which is linear and acts on rows and columns apart: dx = Aᵀ·dy·B with A and B what the kernel itself makes of unit vectors. (tfjs'
 * own kernel for it, on this backend, exchanges height and width.)
 */
function resize<Attributes extends Size>(kernelName: string): Gradient<Attributes> {
  const matrix = (length: number, size: number, attributes: Attributes): Tensor => {
    const units = reshape(eye(length), [1, length, 1, length]);
    return reshape(run(kernelName, { images: units }, { ...attributes, size: [size, 1] }), [1, size, length]);
  };
  return {
    kernelName,
    inputsToSave: ['images'],
    gradient: (dy, saved, attributes) => {
      const [count = 0, height = 0, width = 0, channels = 0] = at(saved, 0).shape;
      const [rows, columns] = attributes.size;
      return {
        images: () => {
          const byRow = reshape(dy, [count, rows, columns * channels]);
          const upright = matMul(matrix(height, rows, attributes), byRow, true);
          const byColumn = reshape(upright, [count * height, columns, channels]);
          const level = matMul(matrix(width, columns, attributes), byColumn, true);
          return reshape(level, [count, height, width, channels]);
        },
      };
    },
  };
}

interface Epsilon {
  readonly varianceEpsilon: number;
}

/** Batch norm by given statistics: y = scale·(x − mean)/√(variance + ε) + offset. */
const batchNorm: Gradient<Epsilon> = {
  kernelName: 'FusedBatchNorm',
  inputsToSave: ['x', 'mean', 'variance', 'scale'],
  gradient: (dy, saved, { varianceEpsilon }) => {
    const [x, mean, variance] = [at(saved, 0), at(saved, 1), at(saved, 2)];
    const scale = saved[3] ?? scalar(1);
    const inverse = rsqrt(add(variance, varianceEpsilon));
    const centred = sub(x, mean);
    return {
      x: () => mul(dy, mul(scale, inverse)),
      mean: () => sumTo(neg(mul(dy, mul(scale, inverse))), mean.shape),
      variance: () => {
        const cubed = mul(inverse, mul(inverse, inverse));
        return sumTo(mul(mul(dy, centred), mul(mul(scale, cubed), -0.5)), variance.shape);
      },
      scale: () => sumTo(mul(dy, mul(centred, inverse)), mean.shape),
      offset: () => sumTo(dy, mean.shape),
    };
  },
};

interface Transposed {
  readonly strides: number | readonly [number, number];
  readonly pad: unknown;
  readonly dataFormat?: string;
  readonly dimRoundingMode?: string | null;
}

/** A transposed convolution is the input gradient of a convolution; its own gradients are that convolution and its filter gradient. */
const transposedConvolution: Gradient<Transposed> = {
  kernelName: 'Conv2DBackpropInput',
  inputsToSave: ['dy', 'filter'],
  gradient: (ddx, saved, { strides, pad, dimRoundingMode = null }) => {
    const [dy, filter] = [at(saved, 0), at(saved, 1)];
    const attributes = { strides, pad, dimRoundingMode, dilations: 1, dataFormat: 'NHWC' };
    return {
      dy: () => run('Conv2D', { x: ddx, filter }, attributes),
      filter: () => run('Conv2DBackpropFilter', { x: ddx, dy }, { ...attributes, filterShape: filter.shape }),
    };
  },
};

const localResponse: Gradient<object> = {
  kernelName: 'LRN',
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradient: (dy, saved, attributes) => ({
    x: () => run('LRNGrad', { x: at(saved, 0), y: at(saved, 1), dy }, attributes),
  }),
};

/** Gradients of operations on images other than pooling and plain convolution. */
export const imageGradients: readonly Gradient<never>[] = [
  resize('ResizeBilinear'),
  resize('ResizeNearestNeighbor'),
  batchNorm,
  transposedConvolution,
  localResponse,
];
