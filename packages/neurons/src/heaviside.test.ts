import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { heaviside } from './heaviside.js';

describe.each(['cpu', 'wasm'])("heaviside on tfjs' %s backend", (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });

  const fired = (values: readonly number[]): readonly number[] =>
    tidy(() => [...heaviside(tensor([...values])).dataSync()]);

  it('is 1 at zero of either sign and at the smallest positive float, 0 at the smallest negative one', () => {
    expect(fired([0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -126)])).toEqual([1, 1, 1, 0, 1, 0]);
  });

  it('is 0 or 1 at infinity, and NaN at NaN, so that a broken potential is seen', () => {
    expect(fired([Infinity, -Infinity, Number.NaN])).toEqual([1, 0, Number.NaN]);
  });

  it('is x ≥ 0 for every float', () => {
    const floats = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(floats, (values) => {
        expect(fired(values)).toEqual(values.map((value) => (value >= 0 ? 1 : 0)));
      }),
      { seed: 4, numRuns: 100 },
    );
  });
});
