import { describe, expect, it } from 'vitest';
import { fitLine } from './line-fit.js';

describe('fitLine', () => {
  it('finds the line that points lie on, and explains all of them', () => {
    const fit = fitLine([1, 2, 5, 9].map((x) => ({ x, y: 3 + 0.25 * x })));
    expect(fit?.slope).toBeCloseTo(0.25, 12);
    expect(fit?.intercept).toBeCloseTo(3, 12);
    expect(fit?.r2).toBeCloseTo(1, 12);
  });

  it('has the least squares where points lie off it', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 1, y: 2 },
      { x: 2, y: 1 },
    ];
    expect(fitLine(points)).toEqual({ slope: 0.5, intercept: 0.5, r2: 0.25 });
  });

  it('is nothing where all points have one x, or there are none', () => {
    expect(fitLine([])).toBeUndefined();
    expect(fitLine([2, 3].map((y) => ({ x: 1, y })))).toBeUndefined();
  });
});
