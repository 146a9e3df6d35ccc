import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile } from './normal-quantile.js';

describe('normalQuantile', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963985],
    [0.1, -1.281551566],
    [0.001, -3.090232306],
    [1e-6, -4.753424309],
    [1e-12, -7.034483825],
  ])('maps %f to the tabulated %f', (p, x) => {
    expect(Math.abs(normalQuantile(p) - x)).toBeLessThan(1e-6);
  });

  it('is odd about one half', () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -33, max: 0.5, noNaN: true }), (p) => {
        expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 4);
      }),
      { seed: 1 },
    );
  });

  it('rises across the places where its pieces meet', () => {
    for (const p of [0.075, 0.925, Math.exp(-25)]) {
      expect(normalQuantile(p * (1 - 1e-4))).toBeLessThan(normalQuantile(p * (1 + 1e-4)));
    }
  });
});
