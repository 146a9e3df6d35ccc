import { startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
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

  it('compare features by the square of their distance, relative to the teacher’s', () => {
    const before = memory().numTensors;
    const z = tensor2d(logits.map((row) => [...row]));
    const target = {
      labels: tensor1d(labels, 'int32'),
      teacherLogits: tensor2d(teacherLogits.map((row) => [...row])),
      teacherFeatures: new Map<string, Tensor>([
        ['a', tensor2d([[1, -2]])],
        ['b', tensor2d([[4, 0, 0]])],
      ]),
    };
    const own = new Map<string, Tensor>([
      ['a', tensor2d([[0, 0]])],
      ['b', tensor2d([[4, 2, 0]])],
    ]);
    const plain = distillation({ weight: 1 }).evaluate(z, target);
    const loss = distillation({ weight: 1, features: { a: 0.5, b: 2 } });
    expect(loss.features).toEqual(['a', 'b']);
    const value = loss.evaluate(z, target, own);
    expect((value.dataSync()[0] ?? 0) - (plain.dataSync()[0] ?? 0)).toBeCloseTo(0.5 * 1 + 2 * (4 / 16), 5);
    const again = lossOf(loss.description).evaluate(z, target, own);
    expect(again.dataSync()).toEqual(value.dataSync());
    expect(() => loss.evaluate(z, target)).toThrow(/compares the values of 'a', but the forward pass gave none/);
    const wrong = new Map([...own, ['b', z] as const]);
    expect(() => loss.evaluate(z, target, wrong)).toThrow(
      /'b', but their shape is \[2, 3\], and the teacher's \[1, 3\]/,
    );
    expect(() => distillation({ features: { a: 0 } })).toThrow(/weight of the feature 'a' .* positive number, not 0/);
    expect(() => lossOf({ ...loss.description, features: { a: 'much' } })).toThrow(/features of a loss are weights/);
    const { teacherFeatures, ...others } = target;
    for (const one of [z, plain, value, again, ...Object.values(others), ...teacherFeatures.values(), ...own.values()])
      one.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuse a description of no loss, or one that lacks a setting', () => {
    expect(() => lossOf({ kind: 'hinge' })).toThrow(/There is no loss 'hinge'/);
    expect(() => lossOf({ kind: 'cross-entropy' })).toThrow(/has a number 'smoothing', but it is undefined/);
  });
});
