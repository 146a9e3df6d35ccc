import type { Tensor } from '@tensorflow/tfjs-core';
import { scalar, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAgreement, expectNoGrowth, randomValues, startKernels, valuesOn } from '../two-backends.fixture.js';
import { runRegistered } from './registered-kernel.js';

beforeAll(startKernels);

interface Grid {
  readonly levels: number;
  readonly lowest: number;
  readonly highestPassing: number;
  readonly rounding: number;
  readonly seed: number;
  readonly bound: number;
}

/** The random numbers of a mask: four streams of xorshift32, seeded by a hash. */
function masked(size: number, { seed, bound }: Grid): readonly boolean[] {
  const states = [0, 1, 2, 3].map((stream) => {
    let x = BigInt(seed) + BigInt(stream) * 0x9e3779b9n;
    x = BigInt.asUintN(32, x);
    x = BigInt.asUintN(32, (x ^ (x >> 16n)) * 0x7feb352dn);
    x = BigInt.asUintN(32, (x ^ (x >> 15n)) * 0x846ca68bn);
    return x ^ (x >> 16n);
  });
  return Array.from({ length: size }, (_, i) => {
    let x = states[i % 4] ?? 0n;
    x ^= BigInt.asUintN(32, x << 13n);
    x ^= x >> 17n;
    x ^= BigInt.asUintN(32, x << 5n);
    states[i % 4] = x;
    return x <= BigInt(bound);
  });
}

/** Value, ∂y/∂z and ∂y/∂θ of every element, by the definition, with u in float32 as the kernel has it; θ one a channel, over and over. */
function reference(z: Float32Array, thetas: readonly number[], grid: Grid) {
  const { levels, lowest, highestPassing, rounding } = grid;
  const passesUnrounded = rounding === 2 ? masked(z.length, grid) : [];
  return Array.from(z, (value, i) => {
    const theta = Math.fround(thetas[i % thetas.length] ?? Number.NaN);
    const width = Math.fround(Math.abs(theta) / levels);
    const u = Math.fround(value / width);
    const q = rounding === 0 || passesUnrounded[i] === true ? u : Math.floor(Math.fround(u + 0.5));
    const clipped = Math.min(Math.max(q, lowest), levels);
    const passes = q >= lowest && q <= highestPassing;
    return {
      y: clipped * width,
      dz: passes ? 1 : 0,
      dTheta: (Math.sign(theta) * (clipped - (passes ? u : 0))) / levels,
    };
  });
}

const cases = fc.record({
  size: fc.integer({ min: 1, max: 2500 }),
  theta: fc.constantFrom(0.3, -0.7, 1),
  levels: fc.integer({ min: 1, max: 8 }),
  signed: fc.boolean(),
  below: fc.integer({ min: 0, max: 1 }),
  rounding: fc.integer({ min: 0, max: 2 }),
  probability: fc.constantFrom(0.1, 0.5, 1),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

/** @param theta one for all values, or one a channel of the values `[rows, channels]` */
function runGrid(
  values: Float32Array,
  theta: number | readonly number[],
  weights: Float32Array,
  attributes: Grid,
): Tensor[] {
  const threshold = typeof theta === 'number' ? scalar(theta) : tensor([...theta]);
  const shape = typeof theta === 'number' ? [values.length] : [values.length / theta.length, theta.length];
  const [z, dy] = [tensor(values, shape), tensor(weights, shape)];
  const outputs = [
    ...(runRegistered('RheobaseThresholdGrid', { z, threshold }, { ...attributes }) ?? []),
    ...(runRegistered('RheobaseThresholdGridGrad', { z, threshold, dy }, { ...attributes }) ?? []),
  ];
  for (const own of [z, threshold, dy]) own.dispose();
  return outputs;
}

describe('the threshold grid', () => {
  it('equals its reference in value and gradients, at every rounding and with its noise', () => {
    fc.assert(
      fc.property(cases, ({ size, theta, levels, signed, below, rounding, probability, seed }) => {
        const grid: Grid = {
          levels,
          lowest: signed ? -levels : 0,
          highestPassing: levels - below,
          rounding,
          seed,
          bound: Math.round(probability * 2 ** 32) - 1,
        };
        const [values, weights] = [randomValues(size, seed), randomValues(size, seed ^ 1)];
        const [y, dz, dTheta] = valuesOn('wasm', () => runGrid(values, theta, weights, grid));
        const expected = reference(values, [theta], grid);
        expectAgreement(
          y ?? [],
          expected.map((element) => element.y),
          1e-6,
          'y',
        );
        expectAgreement(
          dz ?? [],
          expected.map((element, i) => element.dz * (weights[i] ?? 0)),
          0,
          'dz',
        );
        const total = expected.reduce((sum, element, i) => sum + element.dTheta * (weights[i] ?? 0), 0);
        expectAgreement(dTheta ?? [], [total], 1e-4, 'dθ');
      }),
      { seed: 4, numRuns: 150 },
    );
  });

  it('equals its reference with one θ a channel, whatever the number of channels and rows', () => {
    const sizes = fc.record({ rows: fc.integer({ min: 1, max: 700 }), channels: fc.integer({ min: 2, max: 19 }) });
    fc.assert(
      fc.property(cases, sizes, ({ levels, signed, below, rounding, probability, seed }, { rows, channels }) => {
        const grid: Grid = {
          levels,
          lowest: signed ? -levels : 0,
          highestPassing: levels - below,
          rounding,
          seed,
          bound: Math.round(probability * 2 ** 32) - 1,
        };
        const size = rows * channels;
        const [values, weights] = [randomValues(size, seed), randomValues(size, seed ^ 1)];
        const thetas = Array.from(
          randomValues(channels, seed ^ 2),
          (value) => Math.sign(value) * (0.1 + Math.abs(value)),
        );
        const [y, dz, dTheta] = valuesOn('wasm', () => runGrid(values, thetas, weights, grid));
        const expected = reference(values, thetas, grid);
        expectAgreement(
          y ?? [],
          expected.map((element) => element.y),
          1e-6,
          'y',
        );
        expectAgreement(
          dz ?? [],
          expected.map((element, i) => element.dz * (weights[i] ?? 0)),
          0,
          'dz',
        );
        const totals = thetas.map((_, c) =>
          expected.reduce((sum, { dTheta: own }, i) => (i % channels === c ? sum + own * (weights[i] ?? 0) : sum), 0),
        );
        expectAgreement(dTheta ?? [], totals, 1e-4, 'dθ');
      }),
      { seed: 6, numRuns: 150 },
    );
  });

  it('refuses thresholds that are not as many as channels', () => {
    const grid: Grid = { levels: 1, lowest: 0, highestPassing: 1, rounding: 0, seed: 0, bound: 0 };
    const [z, threshold] = [tensor([1, 2, 3, 4, 5, 6], [2, 3]), tensor([1, 2])];
    expect(() => runRegistered('RheobaseThresholdGrid', { z, threshold }, { ...grid })).toThrow(
      /one threshold, or one for each channel: 2 do not fit values of shape \[2, 3\]/,
    );
    z.dispose();
    threshold.dispose();
  });

  it('sums the gradient of θ over a million elements without losing digits', () => {
    const size = 1_000_001;
    const values = new Float32Array(size).fill(2);
    const weights = new Float32Array(size).fill(0.1);
    const grid: Grid = { levels: 1, lowest: 0, highestPassing: 1, rounding: 0, seed: 0, bound: 0 };
    const [, , dTheta] = valuesOn('wasm', () => runGrid(values, 1, weights, grid));
    expect(Math.abs((dTheta?.[0] ?? 0) / (0.1 * size) - 1)).toBeLessThan(1e-5);
    const three = 999_999;
    const [, , each] = valuesOn('wasm', () =>
      runGrid(values.subarray(0, three), [1, 1, 1], weights.subarray(0, three), grid),
    );
    expect(each?.map((sum) => Math.abs(sum / ((0.1 * three) / 3) - 1)).every((error) => error < 1e-5)).toBe(true);
  });

  it('leaves no tensor behind, and the heap as large as it was', () => {
    const grid: Grid = { levels: 4, lowest: 0, highestPassing: 4, rounding: 2, seed: 3, bound: 2 ** 30 };
    expectNoGrowth(() => runGrid(randomValues(999, 1), 0.5, randomValues(999, 2), grid));
    expectNoGrowth(() => runGrid(randomValues(999, 1), [0.5, 0.2, 0.3], randomValues(999, 2), grid));
  });
});

describe('the gradient of a clip', () => {
  it('passes what is strictly between the bounds, over all remainders', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.nat(),
        fc.constantFrom([0, Number.POSITIVE_INFINITY] as const, [0, 0.5] as const),
        (size, seed, [low, high]) => {
          const y = randomValues(size, seed).map((value) => Math.min(Math.max(value, low), high));
          const weights = randomValues(size, seed + 1);
          const [dx] = valuesOn('wasm', () => {
            const given = { y: tensor(y), dy: tensor(weights) };
            const outputs = runRegistered('RheobaseClipGrad', given, { low, high }) ?? [];
            given.y.dispose();
            given.dy.dispose();
            return outputs;
          });
          expectAgreement(
            dx ?? [],
            y.map((value, i) => (value > low && value < high ? (weights[i] ?? 0) : 0)),
            0,
            'dx',
          );
        },
      ),
      { seed: 5, numRuns: 100 },
    );
  });
});
