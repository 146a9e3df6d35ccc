import { expect, it } from 'vitest';
import { freeName } from './free-name.js';

it('keeps a name that is free, and otherwise counts up to the first that is', () => {
  expect(freeName('a', new Set(['b']))).toBe('a');
  expect(freeName('a', new Set(['a', 'a.2', 'a.4']))).toBe('a.3');
});
