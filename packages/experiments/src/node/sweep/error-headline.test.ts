import { describe, expect, it } from 'vitest';
import { errorHeadline } from './error-headline.js';

describe('the headline of what a process said', () => {
  it('is the line that the error begins with, however many follow', () => {
    const said = [
      'converted: 81.2 % of 40 held out, 3 s',
      'rheobase: glyphs.yaml: 2 fields are wrong:',
      '  data.heldOut: it is no number',
      'Repeat the command when they are right.',
      '',
    ];
    expect(errorHeadline(said.join('\n'))).toBe('rheobase: glyphs.yaml: 2 fields are wrong:');
  });

  it('is the error of a process that Node ended, and not its stack', () => {
    const stack = 'file:///main.js:3\n\nTypeError: x is none\n    at run (main.js:3)\n\nNode.js v20.20.2\n';
    expect(errorHeadline(stack)).toBe('TypeError: x is none');
    expect(errorHeadline('Error [ERR_X]: no\r\n    at y\r\n')).toBe('Error [ERR_X]: no');
  });

  it('is the last of several, and the last line if none starts like an error', () => {
    expect(errorHeadline('rheobase: first\nrheobase: second\nmore\n')).toBe('rheobase: second');
    expect(errorHeadline('it started\nnothing works\n\n')).toBe('nothing works');
    expect(errorHeadline('')).toBe('');
  });
});
