import { describe, expect, it } from 'vitest';
import { expectClose } from './expect-close.js';

describe('expectClose', () => {
  it('passes what lies within absolute plus relative tolerance', () => {
    expect(() => expectClose([1.01, 100.9], [1, 100], { absolute: 0.02, relative: 0.01 })).not.toThrow();
    expect(() => expectClose([NaN, Infinity], [NaN, Infinity], {})).not.toThrow();
  });

  it('names the first difference, the worst one, and how many there are', () => {
    expect(() => expectClose([1, 2.5, 3, 9], [1, 2, 3, 4], { absolute: 0.1 })).toThrow(
      /^2 of 4 elements differ by more than 0\.1 .*First: element 1 is 2\.5 where 2 is expected\. Worst, by 5: element 3 is 9 where 4/,
    );
  });

  it('refuses a value that is not finite where a number is expected, and the other way round', () => {
    expect(() => expectClose([NaN], [1], { absolute: 1e9 })).toThrow(/element 0 is NaN/);
    expect(() => expectClose([Infinity], [-Infinity], { relative: 1 })).toThrow(/element 0 is Infinity/);
    expect(() => expectClose([1], [NaN], { relative: 1 })).toThrow(/where NaN is expected/);
  });

  it('refuses arrays of different lengths', () => {
    expect(() => expectClose([1, 2], [1], {})).toThrow(/2 elements where 1/);
  });
});
