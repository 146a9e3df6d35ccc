import type { Tensor } from '@tensorflow/tfjs-core';
import { add, grads, mul, sum, tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchStatistics, normalizeByBatch, normalizeByMoments } from './batch-norm.js';
import {
  derivative,
  expectAgreement,
  expectNoGrowth,
  randomTensor,
  randomValues,
  startKernels,
  valuesOn,
} from './two-backends.fixture.js';

beforeAll(startKernels);

const epsilon = 1e-3;
const sizes = fc.record({
  rows: fc.integer({ min: 2, max: 150 }),
  channels: fc.integer({ min: 1, max: 37 }),
  seed: fc.nat(),
});

/** Mean and variance of one column, in float64. */
function moments(x: ArrayLike<number>, channels: number, c: number): readonly [mean: number, variance: number] {
  const column = Array.from({ length: x.length / channels }, (_, r) => x[r * channels + c] ?? Number.NaN);
  const mean = column.reduce((total, value) => total + value, 0) / column.length;
  return [mean, column.reduce((total, value) => total + (value - mean) ** 2, 0) / column.length];
}

/** Batch norm, in float64. */
function reference(x: ArrayLike<number>, gamma: ArrayLike<number>, beta: ArrayLike<number>): number[] {
  const channels = gamma.length;
  const columns = Array.from({ length: channels }, (_, c) => moments(x, channels, c));
  return Array.from(x, (value, i) => {
    const c = i % channels;
    const [mean, variance] = columns[c] ?? [Number.NaN, Number.NaN];
    return ((value - mean) / Math.sqrt(variance + epsilon)) * (gamma[c] ?? 0) + (beta[c] ?? 0);
  });
}

function gradients(x: Tensor, gamma: Tensor, beta: Tensor, weights: Tensor): Tensor[] {
  return grads((...given: Tensor[]) => {
    const [input, scale, offset] = given as [Tensor, Tensor, Tensor];
    const y = normalizeByBatch(input, scale, offset, batchStatistics(input), epsilon);
    return sum(mul(y, weights));
  })([x, gamma, beta]);
}

describe('batchStatistics', () => {
  it('equals the moments in float64, over odd numbers of rows and channels', () => {
    fc.assert(
      fc.property(sizes, ({ rows, channels, seed }) => {
        const x = randomTensor([rows, channels], seed);
        const [mean, variance] = valuesOn('wasm', () => {
          const own = batchStatistics(x);
          return [own.mean, own.variance];
        });
        const expected = Array.from({ length: channels }, (_, c) => moments(x.dataSync(), channels, c));
        expectAgreement(
          mean ?? [],
          expected.map(([average]) => average),
          1e-6,
          'mean',
        );
        expectAgreement(
          variance ?? [],
          expected.map(([, spread]) => spread),
          1e-6,
          'variance',
        );
        x.dispose();
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('keeps its accuracy over many rows, and with a mean a thousand deviations from 0', () => {
    const channels = 3;
    const x = tidy(() => add(randomTensor([200_000, channels], 5), 1000));
    const { mean, variance } = batchStatistics(x);
    for (let c = 0; c < channels; c++) {
      const [average, spread] = moments(x.dataSync(), channels, c);
      expect(Math.abs((mean.dataSync()[c] ?? 0) / average - 1)).toBeLessThan(1e-6);
      expect(Math.abs((variance.dataSync()[c] ?? 0) / spread - 1)).toBeLessThan(1e-4);
    }
    for (const tensorOf of [x, mean, variance]) tensorOf.dispose();
  });
});

describe('normalizeByBatch', () => {
  it('equals its formula in float64 and its composition, and its gradients those of the composition', () => {
    fc.assert(
      fc.property(sizes, ({ rows, channels, seed }) => {
        const values = randomValues(rows * channels, seed);
        const [g, b] = [randomValues(channels, seed + 1), randomValues(channels, seed + 2)];
        const expected = reference(values, g, b);
        const compute = () => {
          const [x, gamma, beta] = [tensor(values, [rows, channels]), tensor(g), tensor(b)];
          const weights = randomTensor([rows, channels], seed + 3);
          const y = tidy(() => normalizeByBatch(x, gamma, beta, batchStatistics(x), epsilon));
          const given = gradients(x, gamma, beta, weights);
          for (const own of [x, gamma, beta, weights]) own.dispose();
          return [y, ...given];
        };
        const native = valuesOn('wasm', compute);
        const composed = valuesOn('cpu', compute);
        expectAgreement(native[0] ?? [], expected, 2e-5, 'y');
        for (const [i, name] of ['y', 'dx', 'dγ', 'dβ'].entries()) {
          expectAgreement(native[i] ?? [], composed[i] ?? [], 2e-4, name);
        }
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it('has the gradients that central differences in float64 give, through the statistics as well', () => {
    fc.assert(
      fc.property(
        fc.record({ rows: fc.integer({ min: 2, max: 7 }), channels: fc.integer({ min: 1, max: 6 }), seed: fc.nat() }),
        ({ rows, channels, seed }) => {
          const given = [
            randomValues(rows * channels, seed),
            randomValues(channels, seed + 1),
            randomValues(channels, seed + 2),
          ] as const;
          const weights = randomValues(rows * channels, seed + 3);
          const loss = (...parts: readonly [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>]): number =>
            reference(...parts).reduce((total, y, i) => total + y * (weights[i] ?? 0), 0);
          const actual = valuesOn('wasm', () =>
            tidy(() =>
              gradients(
                tensor(given[0], [rows, channels]),
                tensor(given[1]),
                tensor(given[2]),
                tensor(weights, [rows, channels]),
              ),
            ),
          );
          for (const which of [0, 1, 2] as const) {
            const own = given[which];
            const expected = Array.from(own, (_, i) =>
              derivative(
                (x) => loss(...(given.map((part, k) => (k === which ? x : part)) as unknown as typeof given)),
                own,
                i,
              ),
            );
            expectAgreement(actual[which] ?? [], expected, 1e-3, `gradient ${which}`);
          }
        },
      ),
      { seed: 3, numRuns: 30 },
    );
  });

  it('leaves no tensor behind, and the heap as large as it was', () => {
    const [x, gamma, beta] = [randomTensor([2, 9, 9, 13], 1), randomTensor([13], 2), randomTensor([13], 3)];
    const weights = randomTensor([2, 9, 9, 13], 4);
    expectNoGrowth(() => gradients(x, gamma, beta, weights));
    for (const own of [x, gamma, beta, weights]) own.dispose();
  });
});

describe('normalizeByMoments', () => {
  it('equals its formula, and its gradients, which do not go through the moments, the formula’s derivatives', () => {
    fc.assert(
      fc.property(sizes, ({ rows, channels, seed }) => {
        const [x, dy] = [randomValues(rows * channels, seed), randomValues(rows * channels, seed + 1)];
        const [g, b, mean] = [2, 3, 4].map((k) => randomValues(channels, seed + k));
        if (g === undefined || b === undefined || mean === undefined) throw new Error('there are three');
        const variance = randomValues(channels, seed + 5).map((value) => 0.1 + Math.abs(value));
        const compute = () =>
          tidy(() => {
            const moments = { mean: tensor1d(mean), variance: tensor1d(variance) };
            const weights = tensor(dy, [rows, channels]);
            const inputs = [tensor(x, [rows, channels]), tensor(g), tensor(b)];
            const f = (...[input, scale, offset]: Tensor[]): Tensor =>
              normalizeByMoments(input as Tensor, scale as Tensor, offset as Tensor, moments, epsilon);
            return [f(...inputs), ...grads((...given: Tensor[]) => sum(mul(f(...given), weights)))(inputs)];
          });
        const standard = Array.from(x, (value, i) => {
          const c = i % channels;
          return (value - (mean[c] ?? 0)) / Math.sqrt((variance[c] ?? 0) + epsilon);
        });
        const sums = (values: (i: number) => number): number[] =>
          Array.from({ length: channels }, (_, c) =>
            Array.from({ length: rows }, (_row, r) => values(r * channels + c)).reduce(
              (total, value) => total + value,
              0,
            ),
          );
        const expected = [
          standard.map((value, i) => value * (g[i % channels] ?? 0) + (b[i % channels] ?? 0)),
          Array.from(dy, (value, i) => {
            const c = i % channels;
            return (value * (g[c] ?? 0)) / Math.sqrt((variance[c] ?? 0) + epsilon);
          }),
          sums((i) => (dy[i] ?? 0) * (standard[i] ?? 0)),
          sums((i) => dy[i] ?? 0),
        ];
        for (const backendName of ['wasm', 'cpu'] as const) {
          const actual = valuesOn(backendName, compute);
          for (const [i, name] of ['y', 'dx', 'dγ', 'dβ'].entries()) {
            expectAgreement(actual[i] ?? [], expected[i] ?? [], 5e-5, `${name} on ${backendName}`);
          }
        }
      }),
      { seed: 13, numRuns: 40 },
    );
  });
});
