import { expect, it } from 'vitest';
import { ownValue } from './own-value.js';

it('finds what an object holds itself, and nothing that it inherits', () => {
  const record: Readonly<Record<string, number>> = JSON.parse('{ "a": 1, "__proto__": 2, "valueOf": 3 }');
  expect(['a', '__proto__', 'valueOf'].map((name) => ownValue(record, name))).toEqual([1, 2, 3]);
  for (const name of ['b', 'constructor', 'toString', 'hasOwnProperty']) expect(ownValue(record, name)).toBeUndefined();
  expect(ownValue({}, '__proto__')).toBeUndefined();
});
