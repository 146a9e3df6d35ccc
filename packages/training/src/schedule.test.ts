import { describe, expect, it } from 'vitest';
import { constantRate, cosine, warmUp } from './schedule.js';

describe('schedules', () => {
  it('cosine starts at the rate, is half of it halfway, and ends at zero', () => {
    const schedule = cosine(0.1);
    expect(schedule(0)).toBeCloseTo(0.1, 12);
    expect(schedule(0.5)).toBeCloseTo(0.05, 12);
    expect(schedule(1)).toBeCloseTo(0, 12);
    expect(schedule(1.5)).toBeCloseTo(0, 12);
  });

  it('warm-up rises in a straight line to where the other schedule starts, then follows it to its end', () => {
    const schedule = warmUp(0.2, cosine(1));
    expect(schedule(0)).toBe(0);
    expect(schedule(0.1)).toBeCloseTo(0.5, 12);
    expect(schedule(0.2)).toBeCloseTo(1, 12);
    expect(schedule(0.6)).toBeCloseTo(0.5, 12);
    expect(schedule(1)).toBeCloseTo(0, 12);
  });

  it('a constant rate does not change', () => {
    expect(constantRate(0.3)(0.9)).toBe(0.3);
  });
});
