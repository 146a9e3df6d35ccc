import '@tensorflow/tfjs-backend-wasm';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  batchStatistics,
  biasedConv2d,
  normalizeByBatch,
  registerGradients,
  registerTrainingKernels,
  subsample,
} from '../index.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
  await registerTrainingKernels();
});

/** Fixed values that look random, away from kinks at zero. */
function values(shape: readonly number[], seed: number, positive = false): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float32Array.from({ length: size }, (_, i) => {
    const wave = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    const fraction = wave - Math.floor(wave);
    const value = 0.3 + fraction;
    return positive || fraction < 0.5 ? value : -value;
  });
  return tf.tensor(data, [...shape]);
}

/** The gradient of Σ w·f(inputs) by central differences, summed in float64. */
function numeric(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  which: number,
  weights: Float32Array,
): number[] {
  const h = 2e-3;
  const loss = (moved: Tensor[]): number =>
    f(...moved)
      .dataSync<'float32'>()
      .reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0);
  const target = inputs[which];
  if (target === undefined) throw new Error('no such input');
  const data = target.dataSync<'float32'>();
  return Array.from(data, (_, i) => {
    const shifted = (by: number): number => {
      const copy = Float32Array.from(data);
      copy[i] = (copy[i] ?? 0) + by;
      let result = Number.NaN;
      tf.tidy(() => {
        result = loss(inputs.map((input, k) => (k === which ? tf.tensor(copy, target.shape) : input)));
      });
      return result;
    };
    return (shifted(h) - shifted(-h)) / (2 * h);
  });
}

interface Operation {
  readonly name: string;
  readonly f: (...inputs: Tensor[]) => Tensor;
  readonly inputs: readonly { readonly shape: readonly number[]; readonly positive?: true }[];
}

const operations: readonly Operation[] = [
  { name: 'add, broadcasting', f: (a, b) => tf.add(a, b), inputs: [{ shape: [2, 3] }, { shape: [3] }] },
  { name: 'sub, broadcasting', f: (a, b) => tf.sub(a, b), inputs: [{ shape: [3] }, { shape: [2, 3] }] },
  { name: 'mul, broadcasting', f: (a, b) => tf.mul(a, b), inputs: [{ shape: [2, 3] }, { shape: [2, 1] }] },
  { name: 'div', f: (a, b) => tf.div(a, b), inputs: [{ shape: [2, 3] }, { shape: [3], positive: true }] },
  { name: 'addN', f: (a, b, c) => tf.addN([a, b, c]), inputs: [{ shape: [4] }, { shape: [4] }, { shape: [4] }] },
  { name: 'neg', f: tf.neg, inputs: [{ shape: [4] }] },
  { name: 'square', f: tf.square, inputs: [{ shape: [4] }] },
  { name: 'sqrt', f: tf.sqrt, inputs: [{ shape: [4], positive: true }] },
  { name: 'exp', f: tf.exp, inputs: [{ shape: [4] }] },
  { name: 'log', f: tf.log, inputs: [{ shape: [4], positive: true }] },
  { name: 'abs', f: tf.abs, inputs: [{ shape: [6] }] },
  { name: 'relu', f: tf.relu, inputs: [{ shape: [6] }] },
  { name: 'tanh', f: tf.tanh, inputs: [{ shape: [6] }] },
  { name: 'sum over an axis', f: (x) => tf.sum(x, 1), inputs: [{ shape: [2, 3, 2] }] },
  { name: 'mean over axes', f: (x) => tf.mean(x, [1, 2]), inputs: [{ shape: [2, 2, 2, 3] }] },
  { name: 'reshape', f: (x) => tf.reshape(x, [3, 2]), inputs: [{ shape: [2, 3] }] },
  { name: 'transpose', f: (x) => tf.transpose(x, [2, 0, 1]), inputs: [{ shape: [2, 3, 2] }] },
  {
    name: 'pad',
    f: (x) =>
      tf.pad(x, [
        [1, 0],
        [0, 2],
      ]),
    inputs: [{ shape: [2, 3] }],
  },
  { name: 'slice', f: (x) => tf.slice(x, [0, 1], [-1, 2]), inputs: [{ shape: [2, 4] }] },
  { name: 'concat', f: (a, b) => tf.concat([a, b], 1), inputs: [{ shape: [2, 3] }, { shape: [2, 1] }] },
  {
    name: 'split, one piece unused',
    f: (x) => {
      const [first = x, , last = x] = tf.split(x, 3, 0);
      return tf.sub(tf.mul(first, last), last);
    },
    inputs: [{ shape: [6, 2] }],
  },
  {
    name: 'matMul',
    f: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
    inputs: [{ shape: [2, 3] }, { shape: [3, 4] }],
  },
  {
    name: 'matMul, both sides transposed',
    f: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, true, true),
    inputs: [{ shape: [3, 2] }, { shape: [4, 3] }],
  },
  {
    name: 'conv2d with stride and uneven padding',
    f: (x, w) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, [
        [0, 0],
        [0, 1],
        [1, 0],
        [0, 0],
      ]),
    inputs: [{ shape: [1, 5, 4, 2] }, { shape: [3, 3, 2, 2] }],
  },
  {
    name: 'fused conv2d with stride and bias',
    f: (x, w, bias) =>
      tf.fused.conv2d({ x: x as tf.Tensor4D, filter: w as tf.Tensor4D, bias, strides: 2, pad: 'same' }),
    inputs: [{ shape: [1, 5, 4, 2] }, { shape: [3, 3, 2, 2] }, { shape: [2] }],
  },
  {
    name: 'conv2d with a bias in the kernel',
    f: (x, w, bias) =>
      biasedConv2d(x as tf.Tensor4D, w as tf.Tensor4D, bias, {
        strides: [2, 1],
        pad: [
          [0, 0],
          [1, 0],
          [0, 1],
          [0, 0],
        ],
      }),
    inputs: [{ shape: [2, 5, 4, 3] }, { shape: [3, 3, 3, 2] }, { shape: [2] }],
  },
  {
    name: 'conv2d with dilation',
    f: (x, w) =>
      tf.conv2d(
        x as tf.Tensor4D,
        w as tf.Tensor4D,
        1,
        [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ],
        'NHWC',
        2,
      ),
    inputs: [{ shape: [1, 5, 6, 2] }, { shape: [2, 2, 2, 1] }],
  },
  {
    name: 'depthwiseConv2d with a multiplier',
    f: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    inputs: [{ shape: [1, 4, 4, 2] }, { shape: [3, 3, 2, 2] }],
  },
  { name: 'avgPool', f: (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'), inputs: [{ shape: [1, 4, 4, 2] }] },
  { name: 'maxPool', f: (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'), inputs: [{ shape: [1, 4, 4, 2] }] },
  {
    name: 'maxPool with padding',
    f: (x) =>
      tf.maxPool(x as tf.Tensor4D, 3, 2, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
    inputs: [{ shape: [1, 5, 5, 2] }],
  },
  {
    name: 'avgPool with padding',
    f: (x) =>
      tf.avgPool(x as tf.Tensor4D, 3, 2, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
    inputs: [{ shape: [1, 5, 5, 2] }],
  },
  { name: 'subsample', f: (x) => subsample(x as tf.Tensor4D, [2, 3]), inputs: [{ shape: [1, 5, 8, 2] }] },
  {
    name: 'batch norm by batch statistics',
    f: (x, g, b) => normalizeByBatch(x, g, b, batchStatistics(x), 1e-3),
    inputs: [{ shape: [3, 2, 2, 2] }, { shape: [2] }, { shape: [2] }],
  },
];

describe('registered gradients', () => {
  for (const { name, f, inputs } of operations) {
    it(`of ${name} agree with central differences`, () => {
      const given = inputs.map(({ shape, positive }, i) => values(shape, i + 1, positive));
      const output = f(...given);
      const weights = values(output.shape, 9);
      const weightData = Float32Array.from(weights.dataSync());
      const before = tf.memory().numTensors;
      const gradients = tf.grads((...tensors: Tensor[]) => tf.sum(tf.mul(f(...tensors), weights)))([...given]);
      for (const [which, gradient] of gradients.entries()) {
        const expected = numeric(f, given, which, weightData);
        const actual = gradient.dataSync();
        for (const [i, value] of expected.entries()) {
          expect(
            Math.abs((actual[i] ?? Number.NaN) - value),
            `input ${which}, element ${i}: ${actual[i]} for ${value}`,
          ).toBeLessThan(2e-2 * Math.max(1, Math.abs(value)));
        }
      }
      tf.dispose(gradients);
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([...given, output, weights]);
    });
  }
});

describe('registerGradients', () => {
  it('leaves gradients that others registered, but replaces those of convolutions, which refuse dilation', () => {
    const refuse = (): never => {
      throw new Error('not this one');
    };
    for (const kernelName of ['Conv2D', 'DepthwiseConv2dNative']) {
      tf.unregisterGradient(kernelName);
      tf.registerGradient({ kernelName, gradFunc: refuse });
    }
    const relu = tf.getGradient('Relu');
    tf.unregisterGradient('Relu');
    tf.registerGradient({ kernelName: 'Relu', inputsToSave: ['x'], gradFunc: refuse });
    registerGradients();
    tf.tidy(() => {
      const images = tf.ones<tf.Rank.R4>([1, 5, 5, 1]);
      const gradient = tf.grad((filter) => tf.sum(tf.conv2d(images, filter as tf.Tensor4D, 1, 'same', 'NHWC', 2)));
      expect([...gradient(tf.ones([3, 3, 1, 1])).dataSync()]).toEqual([9, 15, 9, 15, 25, 15, 9, 15, 9]);
      expect(() => tf.grad((x) => tf.sum(tf.relu(x)))(tf.ones([2]))).toThrow('not this one');
    });
    tf.unregisterGradient('Relu');
    tf.registerGradient(relu);
  });
});
