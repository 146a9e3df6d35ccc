import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { clone, memory, tensor, tidy, variable } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamWUpdate, globalNorm, movingAverageUpdate, sgdUpdate } from './optimizer-updates.js';
import {
  expectAgreement,
  expectNoGrowth,
  randomTensor,
  randomValues,
  startKernels,
  valuesOn,
} from './two-backends.fixture.js';

beforeAll(startKernels);

const sizes = fc.integer({ min: 1, max: 45 });

/** What `steps` updates of variables make of them, on both backends, and what the formula makes of them in float64. */
function expectFormula(
  size: number,
  seed: number,
  parts: number,
  update: (variables: readonly Variable[], gradient: Tensor, step: number) => void,
  formula: (values: number[], gradient: number, step: number) => number[],
): void {
  const steps = [1, 2, 3];
  const starts = Array.from({ length: parts }, (_, part) =>
    // Second moments are never negative.
    randomValues(size, seed + part).map(part < 2 ? (value) => value : Math.abs),
  );
  const run = () => {
    const variables = starts.map((start) => tidy(() => variable(tensor(start.slice()))));
    for (const step of steps) {
      tidy(() => update(variables, randomTensor([size], seed + 10 + step), step));
    }
    return variables;
  };
  const [native, composed] = [valuesOn('wasm', run), valuesOn('cpu', run)];
  const expected = Array.from({ length: size }, (_, i) =>
    steps.reduce(
      (values, step) => formula(values, randomValues(size, seed + 10 + step)[i] ?? 0, step),
      starts.map((start) => start[i] ?? 0),
    ),
  );
  for (let part = 0; part < parts; part++) {
    const wanted = expected.map((values) => values[part] ?? Number.NaN);
    expectAgreement(native[part] ?? [], wanted, 1e-5, `part ${part}, kernel`);
    expectAgreement(composed[part] ?? [], wanted, 1e-5, `part ${part}, composed`);
  }
}

function at(variables: readonly Variable[], index: number): Variable {
  const found = variables[index];
  if (found === undefined) throw new Error(`there is no variable ${index}`);
  return found;
}

describe('optimizer updates', () => {
  it('sgdUpdate follows v ← m·v + g + λ·w, w ← w − η·v, and Nesterov looks ahead', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.boolean(), fc.constantFrom(0, 0.1), (size, seed, nesterov, decay) => {
        const options = { learningRate: 0.1, momentum: 0.9, nesterov, decay };
        expectFormula(
          size,
          seed,
          2,
          (variables, gradient) => sgdUpdate(at(variables, 0), at(variables, 1), gradient, options),
          ([w = 0, v = 0], g) => {
            const pull = g + decay * w;
            const velocity = 0.9 * v + pull;
            return [w - 0.1 * (nesterov ? pull + 0.9 * velocity : velocity), velocity];
          },
        );
      }),
      { seed: 10, numRuns: 40 },
    );
  });

  it('adamWUpdate follows its formula with both bias corrections', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.constantFrom(0, 0.1), (size, seed, decay) => {
        const options = { learningRate: 0.01, decay, beta1: 0.9, beta2: 0.99, epsilon: 1e-3 };
        expectFormula(
          size,
          seed,
          3,
          (variables, gradient, steps) =>
            adamWUpdate(at(variables, 0), at(variables, 1), at(variables, 2), gradient, { ...options, steps }),
          ([w = 0, m = 0, s = 0], g, t) => {
            const [first, second] = [0.9 * m + 0.1 * g, 0.99 * s + 0.01 * g * g];
            const step = first / (1 - 0.9 ** t) / (Math.sqrt(second / (1 - 0.99 ** t)) + 1e-3);
            return [w * (1 - 0.01 * decay) - 0.01 * step, first, second];
          },
        );
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  it('movingAverageUpdate keeps all but a share, which goes to a multiple of the value', () => {
    expectFormula(
      7,
      1,
      1,
      (variables, value) => movingAverageUpdate(at(variables, 0), value, 0.25, 2),
      ([a = 0], value) => [0.75 * a + 0.5 * value],
    );
  });

  it('globalNorm is the norm of all values, as if they were one vector', () => {
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 4 }), fc.nat(), (lengths, seed) => {
        const tensors = lengths.map((length, i) => randomTensor([length], seed + i));
        const values = lengths.flatMap((length, i) => [...randomValues(length, seed + i)]);
        expect(globalNorm(tensors)).toBeCloseTo(Math.hypot(...values), 10);
        for (const own of tensors) own.dispose();
      }),
      { seed: 12, numRuns: 40 },
    );
  });

  it('write in place, but never into memory that a clone shares', () => {
    const own = tidy(() => variable(tensor([1, 2, 3])));
    const velocity = tidy(() => variable(tensor([0, 0, 0])));
    const gradient = tensor([1, 1, 1]);
    const options = { learningRate: 1, momentum: 0, nesterov: false, decay: 0 };
    const before = clone(own);
    sgdUpdate(own, velocity, gradient, options);
    expect(Array.from(before.dataSync())).toEqual([1, 2, 3]);
    expect(Array.from(own.dataSync())).toEqual([0, 1, 2]);
    before.dispose();
    const { dataId } = own;
    const count = memory().numTensors;
    sgdUpdate(own, velocity, gradient, options);
    expect(own.dataId).toBe(dataId);
    expect(memory().numTensors).toBe(count);
    expectNoGrowth(() => {
      sgdUpdate(own, velocity, gradient, options);
      return [];
    });
    for (const tensorOf of [own, velocity, gradient]) tensorOf.dispose();
  });

  it('refuse a gradient of another size', () => {
    const own = tidy(() => variable(tensor([1, 2, 3])));
    const velocity = tidy(() => variable(tensor([0, 0, 0])));
    const gradient = tensor([1]);
    expect(() =>
      sgdUpdate(own, velocity, gradient, { learningRate: 1, momentum: 0, nesterov: false, decay: 0 }),
    ).toThrow(/RheobaseSgdMomentum was given 3, 3, 1 values/);
    for (const tensorOf of [own, velocity, gradient]) tensorOf.dispose();
  });
});
