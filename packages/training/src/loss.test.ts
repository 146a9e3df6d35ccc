import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { startTensorBackend } from '@rheobase/execution';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { grad, memory, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { crossEntropy } from './loss.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

const logits = [
  [2, -1, 0.5],
  [0, 0, 30],
];
const labels = [0, 1];

/** By the formula, in float64. */
function reference(z: readonly (readonly number[])[], smoothing: number): number {
  const losses = z.map((row, n) => {
    const most = Math.max(...row);
    const logSum = most + Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
    return -row.reduce((sum, value, k) => {
      const target = (k === labels[n] ? 1 - smoothing : 0) + smoothing / row.length;
      return sum + target * (value - logSum);
    }, 0);
  });
  return losses.reduce((sum, value) => sum + value, 0) / z.length;
}

describe('crossEntropy', () => {
  for (const smoothing of [0, 0.1]) {
    it(`equals its formula, and its gradient central differences, with smoothing ${smoothing}`, () => {
      const before = memory().numTensors;
      const loss = crossEntropy({ smoothing });
      const target = tensor1d(labels, 'int32');
      const z = tensor2d(logits);
      const value = loss(z, target);
      expect(value.dataSync()[0]).toBeCloseTo(reference(logits, smoothing), 5);
      const gradient = grad((x) => loss(x as Tensor2D, target))(z);
      const actual = gradient.dataSync();
      for (const [n, row] of logits.entries()) {
        for (const k of row.keys()) {
          const moved = (by: number) => logits.map((r, i) => r.map((v, j) => (i === n && j === k ? v + by : v)));
          const expected = (reference(moved(1e-5), smoothing) - reference(moved(-1e-5), smoothing)) / 2e-5;
          expect(actual[n * 3 + k]).toBeCloseTo(expected, 5);
        }
      }
      for (const tensor of [target, z, value, gradient]) tensor.dispose();
      expect(memory().numTensors).toBe(before);
    });
  }

  it('refuses smoothing that leaves nothing for the label', () => {
    expect(() => crossEntropy({ smoothing: 1 })).toThrow(/from 0 to below 1, not 1/);
  });
});
