import { readFileSync } from 'node:fs';
import { NetworkError } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { foreignError } from './foreign-error.js';
import { FuzzFinding } from './fuzz-target.js';

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

describe('foreignError', () => {
  it('passes errors of the project that name the file', () => {
    expect(foreignError(new Error('a.bin: it is damaged.'), 'a.bin')).toBeUndefined();
    expect(foreignError(new NetworkError([{ subject: 'conv1', message: 'it is wrong' }]))).toBeUndefined();
    expect(foreignError(new RangeError('The number of steps must be at least 1.'))).toBeUndefined();
  });

  it.each([
    ['an error of the engine', () => JSON.parse('{')],
    ['a length that the engine refuses', () => new Array(-1)],
    [
      'a stack that overflows',
      function deeper(): unknown {
        return [deeper()];
      },
    ],
    ['an error of the system', () => readFileSync('/no/such/a.bin')],
    [
      'a text',
      () => {
        throw 'a.bin';
      },
    ],
    [
      'a message as long as a file',
      () => {
        throw new Error(`a.bin: ${'x'.repeat(30_000)}`);
      },
    ],
    [
      'a message that names no file',
      () => {
        throw new Error('It is damaged.');
      },
    ],
    [
      'a finding',
      () => {
        throw new FuzzFinding('a.bin: engines differ');
      },
    ],
  ])('tells of %s', (_, act) => {
    expect(foreignError(thrown(act), 'a.bin')).toBeTypeOf('string');
  });
});
