import { describe, expect, it } from 'vitest';
import { unknownName } from './registry.js';
import { someOf } from './some-of.js';

describe('someOf', () => {
  it('shows as many as there is room for, and never leaves one alone', () => {
    expect(someOf([1, 2], 2)).toEqual({ shown: [1, 2], left: 0 });
    expect(someOf([1, 2, 3], 2)).toEqual({ shown: [1, 2, 3], left: 0 });
    expect(someOf([1, 2, 3, 4], 2)).toEqual({ shown: [1, 2], left: 2 });
    const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `name${i}`);
    expect(unknownName('thing', 'x', names(25))).not.toMatch(/more/);
    expect(unknownName('thing', 'x', names(26))).toMatch(/ and 2 more\.$/);
  });
});
