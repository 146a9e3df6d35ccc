import { describe, expect, it } from 'vitest';
import { inWords } from './in-words.js';

describe('inWords', () => {
  it('writes scalars and lists as JSON does, and says when something is missing', () => {
    expect(['a', 1.5, null, true, [1, 'b', -2], undefined].map(inWords)).toEqual([
      '"a"',
      '1.5',
      'null',
      'true',
      '[1, "b", -2]',
      'missing',
    ]);
  });

  it('cuts what is long and does not descend into what is deep', () => {
    expect(inWords('x'.repeat(100))).toBe(`"${'x'.repeat(60)}"…`);
    expect(inWords(Array.from({ length: 9 }, () => 0))).toBe('[0, 0, 0, 0, 0, 0, 0, 0, …]');
    expect(inWords([[1], { a: 1 }])).toBe('[[…], {…}]');
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    expect(inWords(deep)).toBe('[[…]]');
    expect(inWords({ deep })).toBe('{…}');
  });
});
