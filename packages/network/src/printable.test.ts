import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { printable, printableLine } from './printable.js';

describe('printable', () => {
  it('writes out what a terminal would act on, and leaves all other text as it is', () => {
    expect(printable('plain, θ ≥ ½, 漢字 🙂\n\tindented')).toBe('plain, θ ≥ ½, 漢字 🙂\n\tindented');
    expect(printable('\u001b[2J\u001b]0;title\u0007')).toBe(String.raw`\u001b[2J\u001b]0;title\u0007`);
    expect(printable('a\rb\u0000\u007f\u009b31m')).toBe(String.raw`a\u000db\u0000\u007f\u009b31m`);
    expect(printable('\u202Egnp.exe\u2069')).toBe(String.raw`\u202egnp.exe\u2069`);
    expect(printable('half \ud83d')).toBe(String.raw`half \ud83d`);
    expect(printableLine('two\nlines\tand a tab')).toBe(String.raw`two\u000alines\u0009and a tab`);
  });

  it('keeps JSON what it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = printable(JSON.stringify({ [text]: text }));
        expect(JSON.parse(written)).toEqual({ [text]: text });
        expect(written).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      }),
      { seed: 16, numRuns: 300 },
    );
  });
});
