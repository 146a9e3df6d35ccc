import { describe, expect, it } from 'vitest';
import type { Option } from './options.js';
import { choice, numberOption, optionProblems, optionValues, positiveNumber, integer } from './options.js';

const accepted = (option: Option<unknown>, values: readonly unknown[]) =>
  values.filter((value) => option.accepts(value));

describe('the kinds of options', () => {
  it('take integers in their range', () => {
    expect(accepted(integer('', 3, 2), [1, 2, 2.5, Number.NaN, Infinity, '2', 7, 2 ** 53])).toEqual([2, 7]);
    expect(accepted(integer('', 3, 2, 6), [1, 2, 6, 7])).toEqual([2, 6]);
  });

  it('take finite numbers in their range', () => {
    expect(accepted(positiveNumber('', 1), [0, -1, 0.25, Infinity, Number.NaN, '1'])).toEqual([0.25]);
    expect(accepted(numberOption('', 1, { minimum: -1, maximum: 1 }), [-1.5, -1, 0, 1, 2])).toEqual([-1, 0, 1]);
  });

  it('take only their words', () => {
    expect(accepted(choice('', ['A', 'B'], 'A'), ['A', 'a', 'C', 0, undefined])).toEqual(['A']);
  });
});

describe('given options', () => {
  const table = { rounds: integer('', 1, 1, 100), order: choice('', ['together', 'in-turn'], 'together') };

  it('leave defaults where nothing, or undefined, is given', () => {
    expect(optionValues('cos', table, { rounds: 2, order: undefined })).toEqual({ rounds: 2, order: 'together' });
  });

  it('are refused by name: unknown ones with the nearest, others with what they take', () => {
    const given = { round: 4, rounds: 0.5, order: 'in turn' };
    expect(optionProblems('cos', table, given)).toEqual([
      { option: 'round', message: expect.stringMatching(/^cos: There is no option 'round'. Did you mean 'rounds'\?/) },
      {
        option: 'rounds',
        message: "cos: its option 'rounds' must be an integer at least 1, at most 100, not 0.5.",
      },
      { option: 'order', message: `cos: its option 'order' must be 'together' or 'in-turn', not "in turn".` },
    ]);
    expect(() => optionValues('cos', table, given)).toThrow(/no option 'round'/);
    expect(() => optionValues('cos', table, JSON.parse('{"__proto__":1}'))).toThrow(/no option '__proto__'/);
  });

  it('may be those of a second table, and are then checked too', () => {
    const others = { width: integer('', 8) };
    expect(optionValues('net', table, { width: 4 }, others)).toEqual({ rounds: 1, order: 'together' });
    expect(() => optionValues('net', table, { width: 0 }, others)).toThrow("its option 'width' must be");
  });
});
