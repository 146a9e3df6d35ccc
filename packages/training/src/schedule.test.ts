import { describe, expect, it } from 'vitest';
import { constantRate, cosine, linear, stepwise, warmUp } from './schedule.js';

describe('schedules', () => {
  it('cosine starts at the rate, is half of it halfway, and ends at zero', () => {
    const schedule = cosine(0.1);
    expect(schedule(0)).toBeCloseTo(0.1, 12);
    expect(schedule(0.5)).toBeCloseTo(0.05, 12);
    expect(schedule(1)).toBeCloseTo(0, 12);
    expect(schedule(1.5)).toBeCloseTo(0, 12);
  });

  it('cosine ends at another rate where one is given', () => {
    const schedule = cosine(0.1, { end: 0.02 });
    expect([0, 0.5, 1].map(schedule)).toEqual([0.1, 0.06, 0.02].map((rate) => expect.closeTo(rate, 12)));
  });

  it('a line falls evenly to zero, or to another rate where one is given', () => {
    expect([-1, 0, 0.25, 0.5, 1, 1.5].map(linear(0.4))).toEqual(
      [0.4, 0.4, 0.3, 0.2, 0, 0].map((rate) => expect.closeTo(rate, 12)),
    );
    expect([0, 0.5, 1].map(linear(0.4, { end: 0.1 }))).toEqual(
      [0.4, 0.25, 0.1].map((rate) => expect.closeTo(rate, 12)),
    );
  });

  it('a line after a warm-up is one cycle: up to the rate, and down to zero', () => {
    const schedule = warmUp(0.2, linear(1));
    expect([0, 0.1, 0.2, 0.6, 0.8, 1].map(schedule)).toEqual(
      [0, 0.5, 1, 0.5, 0.25, 0].map((rate) => expect.closeTo(rate, 12)),
    );
  });

  it('steps are taken where progress reaches their points', () => {
    const schedule = stepwise(1, { at: [0.75, 0.5], factor: 0.5 });
    expect([0, 0.49, 0.5, 0.74, 0.75, 1].map(schedule)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
  });

  it('warm-up rises in a straight line to where the other schedule starts, then follows it to its end', () => {
    const schedule = warmUp(0.2, cosine(1));
    expect(schedule(0)).toBe(0);
    expect(schedule(0.1)).toBeCloseTo(0.5, 12);
    expect(schedule(0.2)).toBeCloseTo(1, 12);
    expect(schedule(0.6)).toBeCloseTo(0.5, 12);
    expect(schedule(1)).toBeCloseTo(0, 12);
  });

  it('warm-up begins at another rate where one is given', () => {
    const schedule = warmUp(0.5, constantRate(1), { start: 0.2 });
    expect([0, 0.25, 0.5].map(schedule)).toEqual([0.2, 0.6, 1].map((rate) => expect.closeTo(rate, 12)));
  });

  it('a constant rate does not change', () => {
    expect(constantRate(0.3)(0.9)).toBe(0.3);
  });
});
