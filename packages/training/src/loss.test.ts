import { startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { grad, memory, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { crossEntropy } from './cross-entropy.js';
import { distillation } from './distillation.js';
import type { Loss } from './loss.js';
import { lossOf } from './loss-of.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

type Rows = readonly (readonly number[])[];

const logits: Rows = [
  [2, -1, 0.5],
  [0, 0, 30],
];
const teacherLogits: Rows = [
  [1, 3, -2],
  [-4, 0.5, 9],
];
const labels = [0, 1];

/** log softmax of a row by the formula, in float64. */
function logSoftmaxOf(row: readonly number[]): readonly number[] {
  const most = Math.max(...row);
  const logSum = most + Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return row.map((value) => value - logSum);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function crossEntropyReference(z: Rows, smoothing: number): number {
  return mean(
    z.map((row, n) =>
      logSoftmaxOf(row).reduce(
        (sum, log, k) => sum - log * ((k === labels[n] ? 1 - smoothing : 0) + smoothing / row.length),
        0,
      ),
    ),
  );
}

function divergenceReference(z: Rows, temperature: number): number {
  return mean(
    z.map((row, n) => {
      const teacher = logSoftmaxOf((teacherLogits[n] ?? []).map((value) => value / temperature));
      const student = logSoftmaxOf(row.map((value) => value / temperature));
      return teacher.reduce((sum, log, k) => sum + Math.exp(log) * (log - (student[k] ?? 0)), 0);
    }),
  );
}

const cases: readonly [name: string, loss: Loss, reference: (z: Rows) => number][] = [
  ['cross-entropy', crossEntropy(), (z) => crossEntropyReference(z, 0)],
  ['cross-entropy, smoothed', crossEntropy({ smoothing: 0.1 }), (z) => crossEntropyReference(z, 0.1)],
  [
    'distillation',
    distillation({ temperature: 3, weight: 0.7, smoothing: 0.1 }),
    (z) => 0.7 * 9 * divergenceReference(z, 3) + 0.3 * crossEntropyReference(z, 0.1),
  ],
  [
    'distillation from the teacher alone',
    distillation({ temperature: 1, weight: 1 }),
    (z) => divergenceReference(z, 1),
  ],
];

describe.each(cases)('%s', (_, loss, reference) => {
  it('equals its formula, and its gradient central differences', () => {
    const before = memory().numTensors;
    const target = { labels: tensor1d(labels, 'int32'), teacherLogits: tensor2d(teacherLogits.map((row) => [...row])) };
    const z = tensor2d(logits.map((row) => [...row]));
    const value = loss.evaluate(z, target);
    expect(value.dataSync()[0]).toBeCloseTo(reference(logits), 4);
    const gradient = grad((x) => loss.evaluate(x as Tensor2D, target))(z);
    const actual = gradient.dataSync();
    for (const [n, row] of logits.entries()) {
      for (const k of row.keys()) {
        const moved = (by: number) => logits.map((r, i) => r.map((v, j) => (i === n && j === k ? v + by : v)));
        const expected = (reference(moved(1e-5)) - reference(moved(-1e-5))) / 2e-5;
        expect(actual[n * 3 + k]).toBeCloseTo(expected, 5);
      }
    }
    for (const tensor of [target.labels, target.teacherLogits, z, value, gradient]) tensor.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('is the same loss again from its description', () => {
    expect(lossOf(loss.description).description).toEqual(loss.description);
  });
});

describe('losses', () => {
  it('refuse settings that make no sense', () => {
    expect(() => crossEntropy({ smoothing: 1 })).toThrow(/from 0 to below 1, not 1/);
    expect(() => distillation({ temperature: 0 })).toThrow(/must be a positive number, not 0/);
    expect(() => distillation({ weight: 2 })).toThrow(/from 0 to 1, not 2/);
  });

  it('say that distillation needs a teacher', () => {
    const [z, y] = [tensor2d([[1, 2]]), tensor1d([0], 'int32')];
    expect(() => distillation().evaluate(z, { labels: y })).toThrow(/give fit one in its option `teacher`/);
    z.dispose();
    y.dispose();
  });

  it('refuse a description of no loss, or one that lacks a setting', () => {
    expect(() => lossOf({ kind: 'hinge' })).toThrow(/There is no loss 'hinge'/);
    expect(() => lossOf({ kind: 'cross-entropy' })).toThrow(/has a number 'smoothing', but it is undefined/);
  });
});
