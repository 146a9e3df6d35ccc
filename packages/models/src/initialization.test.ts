import { describe, expect, it } from 'vitest';
import { heNormalDense, heNormalKernel, identityBatchNorm } from './initialization.js';

function moments(data: ArrayLike<number>) {
  const values = Array.from(data);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

describe('heNormalKernel', () => {
  it('draws a variance of 2 over the fan-out', () => {
    const { mean, variance } = moments(heNormalKernel([3, 3, 64, 128], 1, 0, 'conv.weight').data);
    expect(Math.abs(mean)).toBeLessThan(1e-3);
    expect(variance / (2 / (9 * 128))).toBeCloseTo(1, 1);
  });

  it('counts the outputs of one group only', () => {
    const { variance } = moments(heNormalKernel([3, 3, 1, 4096], 4096, 0, 'depthwise.weight').data);
    expect(variance / (2 / 9)).toBeCloseTo(1, 1);
  });

  it('gives the same bytes for the same seed and name, others for another seed or name', () => {
    const kernel = (seed: number, name: string) => heNormalKernel([3, 3, 2, 4], 1, seed, name).data;
    expect(kernel(1, 'a')).toEqual(kernel(1, 'a'));
    expect(kernel(1, 'a')).not.toEqual(kernel(2, 'a'));
    expect(kernel(1, 'a')).not.toEqual(kernel(1, 'b'));
  });
});

describe('heNormalDense', () => {
  it('draws a variance of 2 over the fan-in', () => {
    const { variance } = moments(heNormalDense([512, 100], 0, 'fc.weight').data);
    expect(variance / (2 / 512)).toBeCloseTo(1, 1);
  });
});

describe('identityBatchNorm', () => {
  it('gives every part one value per channel, with the role optimizers and rewrites know it by', () => {
    const { scale, offset, mean, variance } = identityBatchNorm(2);
    expect([scale, offset, mean, variance].map(({ role, data }) => [role, ...data])).toEqual([
      ['scale', 1, 1],
      ['bias', 0, 0],
      ['statistic', 0, 0],
      ['statistic', 1, 1],
    ]);
  });
});
