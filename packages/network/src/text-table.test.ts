import { describe, expect, it } from 'vitest';
import { textTable } from './text-table.js';

describe('textTable', () => {
  it('aligns columns of numbers on the right, others on the left, below a ruled head', () => {
    expect(
      textTable([
        ['node', 'rate', 'note'],
        ['conv1', '5.00 %', 'a'],
        ['b', '12.50 %', ''],
      ]),
    ).toBe(['node      rate  note', '────────────────────', 'conv1   5.00 %  a', 'b      12.50 %'].join('\n'));
  });

  it('keeps a cell on its line, whatever it holds', () => {
    expect(textTable([['a'], ['x\n\u001b[2J']]).split('\n')).toEqual([
      expect.stringMatching(/^a$/),
      expect.stringMatching(/^─+$/),
      String.raw`x\u000a\u001b[2J`,
    ]);
  });
});
