import { describe, expect, it } from 'vitest';
import { shellWord } from './shell-word.js';

describe('shellWord', () => {
  it('leaves plain paths as they are, and puts others in quotes', () => {
    expect(shellWord('runs/glyphs-T4_0.1')).toBe('runs/glyphs-T4_0.1');
    expect(shellWord('my runs/<b>&"x')).toBe(`'my runs/<b>&"x'`);
    expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
    expect(shellWord('')).toBe("''");
  });
});
