import '@tensorflow/tfjs-backend-cpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAgreement, startKernels, valuesOn } from '../two-backends.fixture.js';

beforeAll(() => startKernels());

/** Where the values of an input lie: away from kinks at 0, above 0, within ±1, above 1. */
type Values = 'any' | 'positive' | 'inside' | 'above one';
type Input = readonly number[] | { readonly shape: readonly number[]; readonly values: Values };

interface Operation {
  readonly f: (...inputs: Tensor[]) => Tensor;
  readonly inputs: readonly Input[];
}

const positive = (...shape: number[]): Input => ({ shape, values: 'positive' });
const inside = (...shape: number[]): Input => ({ shape, values: 'inside' });
const aboveOne = (...shape: number[]): Input => ({ shape, values: 'above one' });
const four = (x: Tensor): tf.Tensor4D => x as tf.Tensor4D;
const places = (values: readonly number[], shape: readonly number[]): Tensor =>
  tf.tensor([...values], [...shape], 'int32');

const operations: Readonly<Record<string, Operation>> = {
  sigmoid: { f: tf.sigmoid, inputs: [[5]] },
  softmax: { f: (x) => tf.softmax(x), inputs: [[2, 4]] },
  logSoftmax: { f: (x) => tf.logSoftmax(x), inputs: [[2, 4]] },
  logSumExp: { f: (x) => tf.logSumExp(x, 1), inputs: [[2, 4]] },
  leakyRelu: { f: (x) => tf.leakyRelu(x, 0.1), inputs: [[6]] },
  prelu: { f: (x, alpha) => tf.prelu(x, alpha), inputs: [[2, 2, 3], [3]] },
  elu: { f: tf.elu, inputs: [[6]] },
  selu: { f: tf.selu, inputs: [[6]] },
  relu6: { f: (x) => tf.relu6(tf.mul(x, 6)), inputs: [[8]] },
  clipByValue: { f: (x) => tf.clipByValue(x, -0.8, 0.7), inputs: [[8]] },
  softplus: { f: tf.softplus, inputs: [[6]] },
  erf: { f: tf.erf, inputs: [[6]] },
  swish: { f: (x) => tf.mul(x, tf.sigmoid(x)), inputs: [[6]] },
  pow: { f: (a, b) => tf.pow(a, b), inputs: [positive(2, 3), [3]] },
  'pow, of a negative base': { f: (x) => tf.pow(x, 3), inputs: [[6]] },
  maximum: { f: (a, b) => tf.maximum(a, b), inputs: [[2, 3], [3]] },
  minimum: {
    f: (a, b) => tf.minimum(a, b),
    inputs: [
      [2, 3],
      [2, 1],
    ],
  },
  squaredDifference: { f: (a, b) => tf.squaredDifference(a, b), inputs: [[2, 3], [3]] },
  atan2: { f: (a, b) => tf.atan2(a, b), inputs: [[2, 3], positive(3)] },
  mod: { f: (a, b) => tf.mod(tf.add(a, 7.1), b), inputs: [inside(4), positive(4)] },
  sin: { f: tf.sin, inputs: [[4]] },
  cos: { f: tf.cos, inputs: [[4]] },
  tan: { f: tf.tan, inputs: [inside(4)] },
  asin: { f: tf.asin, inputs: [inside(4)] },
  acos: { f: tf.acos, inputs: [inside(4)] },
  atan: { f: tf.atan, inputs: [[4]] },
  sinh: { f: tf.sinh, inputs: [[4]] },
  cosh: { f: tf.cosh, inputs: [[4]] },
  asinh: { f: tf.asinh, inputs: [[4]] },
  acosh: { f: tf.acosh, inputs: [aboveOne(4)] },
  atanh: { f: tf.atanh, inputs: [inside(4)] },
  expm1: { f: tf.expm1, inputs: [[4]] },
  log1p: { f: tf.log1p, inputs: [positive(4)] },
  reciprocal: { f: tf.reciprocal, inputs: [[4]] },
  rsqrt: { f: tf.rsqrt, inputs: [positive(4)] },
  max: { f: (x) => tf.max(x, 1), inputs: [[2, 3, 2]] },
  'max, axes kept': { f: (x) => tf.max(x, [0, 2], true), inputs: [[2, 3, 2]] },
  min: { f: (x) => tf.min(x, [0, 1]), inputs: [[2, 3, 2]] },
  prod: { f: (x) => tf.prod(x, [0, 2]), inputs: [[2, 3, 2]] },
  cumsum: { f: (x) => tf.cumsum(x, 1, true, true), inputs: [[2, 3, 2]] },
  'where, broadcast': {
    f: (a, b) => tf.where(tf.tensor([true, false, true]), a, b),
    inputs: [[2, 3], [3]],
  },
  zerosLike: { f: (x) => tf.add(x, tf.zerosLike(x)), inputs: [[3]] },
  'round and sign': { f: (x) => tf.add(x, tf.add(tf.mul(tf.round(x), 0), tf.mul(tf.sign(x), 0))), inputs: [[3]] },
  gather: { f: (x) => tf.gather(x, places([2, 0, 2], [3]), 1), inputs: [[2, 3, 2]] },
  'gather of two axes of indices': { f: (x) => tf.gather(x, places([1, 0, 1, 1], [2, 2])), inputs: [[3, 2]] },
  'gather by batch': { f: (x) => tf.gather(x, places([1, 0, 2, 2], [2, 2]), 2, 1), inputs: [[2, 2, 3, 2]] },
  stridedSlice: { f: (x) => tf.stridedSlice(x, [0, 1, 0], [2, 5, 1], [1, 2, 1]), inputs: [[2, 5, 2]] },
  'stridedSlice, backwards': { f: (x) => tf.stridedSlice(x, [4, 0], [0, 2], [-2, 1]), inputs: [[5, 3]] },
  'stridedSlice, shrunk': { f: (x) => tf.stridedSlice(x, [3, 1], [4, 3], [1, 1], 0, 0, 0, 0, 1), inputs: [[5, 3]] },
  'stridedSlice, with open ends and a new axis': {
    f: (x) => tf.stridedSlice(x, [0, 0, 0], [0, 0, 0], [1, 2, 1], 7, 7, 0, 1, 0),
    inputs: [[4, 3]],
  },
  tile: { f: (x) => tf.tile(x, [2, 1, 3]), inputs: [[2, 2, 3]] },
  broadcastTo: { f: (x) => tf.broadcastTo(x, [4, 2, 3]), inputs: [[2, 1]] },
  reverse: { f: (x) => tf.reverse(x, 1), inputs: [[2, 3]] },
  expandDims: { f: (x) => tf.expandDims(x, 1), inputs: [[2, 3]] },
  stack: {
    f: (a, b) => tf.stack([a, b], 1),
    inputs: [
      [2, 3],
      [2, 3],
    ],
  },
  unstack: {
    f: (x) => {
      const [first = x, , last = x] = tf.unstack(x, 1);
      return tf.mul(first, last);
    },
    inputs: [[2, 3]],
  },
  spaceToBatchND: {
    f: (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ), // prettier-ignore
    inputs: [[1, 3, 3, 2]],
  },
  batchToSpaceND: {
    f: (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 1],
          [0, 0],
        ],
      ),
    inputs: [[4, 2, 2, 1]],
  },
  'resizeBilinear, larger': { f: (x) => tf.image.resizeBilinear(four(x), [5, 7]), inputs: [[1, 3, 4, 2]] },
  'resizeBilinear, smaller, by half pixels': {
    f: (x) => tf.image.resizeBilinear(four(x), [2, 3], false, true),
    inputs: [[1, 5, 4, 2]],
  },
  'resizeBilinear, corners aligned': {
    f: (x) => tf.image.resizeBilinear(four(x), [5, 4], true),
    inputs: [[2, 3, 4, 1]],
  },
  resizeNearestNeighbor: { f: (x) => tf.image.resizeNearestNeighbor(four(x), [6, 7]), inputs: [[2, 3, 4, 2]] },
  conv2dTranspose: {
    f: (x, w) => tf.conv2dTranspose(four(x), four(w), [1, 6, 6, 2], 2, 'same'),
    inputs: [
      [1, 3, 3, 3],
      [3, 3, 2, 3],
    ],
  },
  batchNorm: {
    f: (x, mean, variance, offset, scale) =>
      tf.batchNorm(
        four(x),
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        0.1,
      ),
    inputs: [[2, 2, 2, 3], [3], positive(3), [3], [3]],
  },
  localResponseNormalization: {
    f: (x) => tf.localResponseNormalization(four(x), 1, 1, 0.5, 0.75),
    inputs: [[1, 2, 2, 5]],
  },
};

/** Fixed values that look random. */
function valuesOf(input: Input, seed: number): Tensor {
  const { shape, values } = 'shape' in input ? input : { shape: input, values: 'any' };
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float32Array.from({ length: size }, (_, i) => {
    const wave = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    const fraction = wave - Math.floor(wave);
    if (values === 'above one') return 1.3 + fraction;
    const size = values === 'inside' ? 0.1 + 0.7 * fraction : 0.3 + fraction;
    return values === 'positive' || Math.round(1e6 * fraction) % 2 === 0 ? size : -size;
  });
  return tf.tensor(data, [...shape]);
}

/** The gradient of Σ w·f(inputs) by central differences, input by input. */
function numeric({ f }: Operation, inputs: readonly Tensor[], weights: Float32Array): readonly (readonly number[])[] {
  const h = 2e-3;
  const loss = (given: readonly Tensor[]): number =>
    f(...given)
      .dataSync<'float32'>()
      .reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0);
  return inputs.map((target, which) => {
    const data = target.dataSync<'float32'>();
    return Array.from(data, (_, i) => {
      const shifted = (by: number): number => {
        let result = Number.NaN;
        tf.tidy(() => {
          const moved = Float32Array.from(data, (value, k) => (k === i ? value + by : value));
          result = loss(inputs.map((input, k) => (k === which ? tf.tensor(moved, target.shape) : input)));
        });
        return result;
      };
      return (shifted(h) - shifted(-h)) / (2 * h);
    });
  });
}

describe('registered gradients of ordinary operations', () => {
  it.each(Object.entries(operations))(
    'of %s are those of central differences and of tfjs-backend-cpu',
    (name, operation) => {
      const gradients = (): readonly Tensor[] => {
        const given = operation.inputs.map((input, i) => valuesOf(input, i + 1));
        const found = tf.tidy(() => {
          const weights = valuesOf(operation.f(...given).shape, 9);
          return tf.grads((...inputs: Tensor[]) => tf.sum(tf.mul(operation.f(...inputs), weights)))([...given]);
        });
        tf.dispose(given);
        return found;
      };
      const [wasm, cpu] = [valuesOn('wasm', gradients), valuesOn('cpu', gradients)];
      let differences: readonly (readonly number[])[] = [];
      tf.tidy(() => {
        const given = operation.inputs.map((input, i) => valuesOf(input, i + 1));
        const weights = Float32Array.from(valuesOf(operation.f(...given).shape, 9).dataSync());
        differences = numeric(operation, given, weights);
      });
      for (const [i, values] of wasm.entries()) {
        expectAgreement(values, differences[i] ?? [], 2e-2, `${name}, input ${i}, against central differences`);
        expectAgreement(values, cpu[i] ?? [], 1e-4, `${name}, input ${i}, against tfjs-backend-cpu`);
      }
    },
  );

  it('are of every operation that the backend has and tfjs-core has a gradient for, but for those left out', () => {
    const missing = tf
      .getKernelsForBackend('wasm')
      .map(({ kernelName }) => kernelName)
      .filter((kernel) => gradientsOfCore.includes(kernel) && tf.getGradient(kernel) == null);
    expect(missing.toSorted()).toEqual(leftOut);
  });
});

/** Of volumes, of morphology, and one that tfjs itself has wrong. */
const leftOut = ['AvgPool3D', 'Conv3D', 'Dilation2D', 'MaxPool3D', 'MirrorPad'];

/** What `register_all_gradients` of tfjs-core 4.22 registers. */
const gradientsOfCore =
  `Abs Acos Acosh Add AddN ArgMax ArgMin Asin Asinh Atan Atan2 Atanh AvgPool AvgPool3D BatchMatMul BatchToSpaceND BroadcastTo Cast Ceil
  ClipByValue ComplexAbs Concat Conv2D Conv2DBackpropInput Conv3D Cos Cosh Cumsum DepthwiseConv2dNative Dilation2D Elu Erf Exp ExpandDims Expm1
  Floor FloorDiv FusedBatchNorm GatherV2 GreaterEqual Identity IsFinite IsInf IsNan LRN LeakyRelu Log Log1p LogSoftmax Max MaxPool MaxPool3D
  Maximum Mean Min Minimum MirrorPad Mod Multiply Neg OneHot OnesLike Pack PadV2 Pow Prelu Prod RealDiv Reciprocal Relu Relu6 Reshape
  ResizeBilinear ResizeNearestNeighbor Reverse Round Rsqrt Select Selu Sigmoid Sign Sin Sinh Slice Softmax Softplus SpaceToBatchND SplitV
  Sqrt Square SquaredDifference Step Sub Sum Tan Tanh Tile Transpose UnsortedSegmentSum Unpack ZerosLike`.split(/\s+/);
