import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { grads, memory, mul, randomNormal, setBackend, sum, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GroupedConvolutionOptions } from './grouped-convolution.js';
import { groupedConv2d } from './grouped-convolution.js';
import { registerTrainingKernels } from './training-kernels.js';

const options: GroupedConvolutionOptions = {
  strides: [2, 1],
  pad: [
    [0, 0],
    [1, 1],
    [1, 0],
    [0, 0],
  ],
  dilations: [1, 1],
  groups: 3,
};

beforeAll(async () => {
  await setBackend('wasm');
  await registerTrainingKernels();
});

/** The result, and the gradients of a weighted sum of it. */
async function onBackend(name: string): Promise<readonly Float32Array[]> {
  await setBackend(name);
  return tidy(() => {
    const x = randomNormal<Rank.R4>([2, 7, 6, 15], 0, 1, 'float32', 1);
    const filter = randomNormal<Rank.R4>([3, 2, 5, 6], 0, 1, 'float32', 2);
    const convolve = (a: Tensor, b: Tensor): Tensor4D => groupedConv2d(a as Tensor4D, b as Tensor4D, options);
    const y = convolve(x, filter);
    const weights = randomNormal(y.shape, 0, 1, 'float32', 3);
    const [dx, dw] = grads((a, b) => sum(mul(convolve(a as Tensor, b as Tensor), weights)))([x, filter]);
    return [y, dx, dw].map((tensor) => Float32Array.from(tensor?.dataSync() ?? []));
  });
}

describe('groupedConv2d', () => {
  it('gives in one kernel what one convolution a group gives on another backend, gradients included', async () => {
    const [inOne, separate] = [await onBackend('wasm'), await onBackend('cpu')];
    inOne.forEach((values, i) => {
      expect(values.length).toBeGreaterThan(0);
      values.forEach((value, k) => expect(value).toBeCloseTo(separate[i]?.[k] ?? Number.NaN, 4));
    });
  });

  it('leaves no tensor behind', async () => {
    const before = memory().numTensors;
    await onBackend('wasm');
    expect(memory().numTensors).toBe(before);
  });

  it('refuses channels that do not divide into the groups, and names the shapes', async () => {
    await setBackend('wasm');
    expect(() =>
      tidy(() => {
        const x = randomNormal<Rank.R4>([1, 4, 4, 8]);
        return groupedConv2d(x, randomNormal<Rank.R4>([1, 1, 3, 6]), options);
      }),
    ).toThrow(/\[1, 4, 4, 8\] in 3 groups cannot have a filter of \[1, 1, 3, 6\]/);
  });
});
