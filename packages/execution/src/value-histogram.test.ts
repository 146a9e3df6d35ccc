import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueHistogram } from './value-histogram.js';

describe('valueHistogram', () => {
  it('gives quantiles within 0.05 % of those of the sorted values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: Math.fround(1e-6), max: 1000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 100 }),
        (values, percent) => {
          const histogram = valueHistogram();
          histogram.add(Float32Array.from(values));
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.ceil((percent / 100) * sorted.length - 1e-9) - 1] ?? Number.NaN;
          expect(Math.abs(histogram.quantile(percent / 100) / exact - 1)).toBeLessThan(5.1e-4);
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });

  it('counts negative values by their magnitude, and never exceeds the maximum', () => {
    const histogram = valueHistogram();
    histogram.add(Float32Array.from([-3, -0, 0, 7.3]));
    expect(histogram.count).toBe(4);
    expect(histogram.quantile(0.5)).toBe(0);
    expect(histogram.quantile(0.75) / 3).toBeCloseTo(1, 3);
    expect(histogram.positiveBins().map(({ count }) => count)).toEqual([1, 1]);
    expect(histogram.quantile(1)).toBe(Math.fround(7.3));
  });

  it('refuses a quantile of nothing, and a share that is none', () => {
    const histogram = valueHistogram();
    expect(() => histogram.quantile(0.5)).toThrow(/no values/);
    expect(() => histogram.quantile(50)).toThrow(/from 0 to 1, not 50/);
  });
});
