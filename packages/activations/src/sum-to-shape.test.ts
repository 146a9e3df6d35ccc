import '@tensorflow/tfjs-backend-cpu';
import { ones, setBackend, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sumToShape } from './sum-to-shape.js';

beforeAll(async () => {
  await setBackend('cpu');
});

describe('sumToShape', () => {
  it.each([
    { shape: [], each: 120 },
    { shape: [5], each: 24 },
    { shape: [1, 5], each: 24 },
    { shape: [3, 1, 5], each: 8 },
    { shape: [2, 3, 4, 5], each: 1 },
  ])('adds up what was broadcast from $shape', ({ shape, each }) => {
    tidy(() => {
      const sum = sumToShape(ones([2, 3, 4, 5]), shape);
      expect(sum.shape).toEqual(shape);
      expect(new Set(sum.dataSync())).toEqual(new Set([each]));
    });
  });
});
