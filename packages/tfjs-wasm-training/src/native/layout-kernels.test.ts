import { clone, memory, pad, scalar, slice, tidy, variable } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { columnSums } from '../column-sums.js';
import { expectAgreement, expectNoGrowth, randomTensor, startKernels, valuesOn } from '../two-backends.fixture.js';

beforeAll(startKernels);

const cases = fc.record({
  rows: fc.integer({ min: 1, max: 90 }),
  channels: fc.integer({ min: 1, max: 37 }),
  before: fc.nat(9),
  after: fc.nat(9),
  seed: fc.nat(),
});

describe('zero channels', () => {
  it('are put on, and channels cut out, as tfjs-backend-cpu does', () => {
    fc.assert(
      fc.property(cases, ({ rows, channels, before, after, seed }) => {
        const compute = () =>
          tidy(() => {
            const x = randomTensor([rows, channels], seed);
            const padded = pad(x, [
              [0, 0],
              [before, after],
            ]);
            return [padded, slice(padded, [0, before], [-1, channels]), slice(x, [0, channels - 1], [rows, 1])];
          });
        const [native, expected] = [valuesOn('wasm', compute), valuesOn('cpu', compute)];
        for (const [i, values] of expected.entries()) expectAgreement(native[i] ?? [], values, 0, `result ${i}`);
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  it('leave other paddings and slices to tfjs', () => {
    const compute = () =>
      tidy(() => {
        const x = randomTensor([3, 4], 1);
        return [
          pad(x, [
            [1, 0],
            [0, 2],
          ]),
          pad(
            x,
            [
              [0, 0],
              [1, 1],
            ],
            7,
          ),
          slice(x, [1, 1], [2, 2]),
          slice(x, 1, 1),
        ];
      });
    const [native, expected] = [valuesOn('wasm', compute), valuesOn('cpu', compute)];
    expect(native).toEqual(expected);
  });
});

describe('columnSums', () => {
  it('equals its composition, over odd channels', () => {
    fc.assert(
      fc.property(cases, ({ rows, channels, seed }) => {
        const compute = () => tidy(() => [columnSums(randomTensor([rows, channels], seed))]);
        expectAgreement(valuesOn('wasm', compute)[0] ?? [], valuesOn('cpu', compute)[0] ?? [], 1e-5, 'sums');
      }),
      { seed: 9, numRuns: 60 },
    );
  });

  it('leaves no tensor behind, and the heap as large as it was', () => {
    expectNoGrowth(() => tidy(() => [columnSums(randomTensor([50, 7], 1))]));
  });
});

describe('a clone', () => {
  it('shares memory with its original, outlives it, and is not changed when a variable is assigned to', () => {
    const x = randomTensor([100], 1);
    const buffers = memory().numDataBuffers;
    const copy = clone(x);
    expect(memory().numDataBuffers).toBe(buffers);
    const values = x.dataSync();
    x.dispose();
    expect(copy.dataSync()).toEqual(values);
    copy.dispose();

    const live = variable(scalar(1));
    const before = clone(live);
    tidy(() => live.assign(scalar(2)));
    expect(before.dataSync()[0]).toBe(1);
    before.dispose();
    live.dispose();
  });
});
