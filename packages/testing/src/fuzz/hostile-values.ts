import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomChance, randomChoice } from '../random-values.js';

/** Raw text in a JSON file, which `JSON.stringify` would not write. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** Numbers near the limits of number types. */
export const hostileNumbers: readonly number[] = [
  0,
  -0,
  1,
  -1,
  2,
  0.5,
  -0.5,
  255,
  256,
  32_767,
  32_768,
  65_536,
  1_000_000,
  100_000_000,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 53 - 1,
  2 ** 53,
  1e15,
  1e21,
  1e38,
  1e39,
  1e300,
  5e-324,
  1e-10,
];

/** Names with a meaning in JavaScript, a terminal or a file system. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '../../etc/passwd',
  '/',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'length',
  'then',
  'null',
  'undefined',
  'true',
  'NaN',
  'Infinity',
  '-1',
  '0x10',
  '1e999',
  'output',
  'input',
  'float32',
  'a\u0000b',
  '\u001b[31mred\u001b[0m',
  '\r\nline',
  '\u202e',
  '\ud800',
  'é',
  '💥',
  '%s%d%n',
  '${x}',
  '<b>&amp;</b>',
  '*',
  '?',
  '(((((a+)+)+)+)+)',
  ',',
];

/** Depths from a few levels to more than any stack can hold. */
const depths = [10, 100, 1000, 10_000, 100_000];

/** A random unexpected value. */
export function hostileValue(random: RandomGenerator): unknown {
  const pick = uniformInt(random, 0, 99);
  if (pick < 40) return randomChoice(random, hostileNumbers);
  if (pick < 65) return randomChoice(random, hostileTexts);
  if (pick < 75) return randomChoice(random, [null, true, false]);
  if (pick < 85) return randomChoice(random, [[], {}, [[]], [null], [1, 2, 3, 4, 5, 6, 7, 8], { op: 'add' }]);
  if (pick < 89) return 'a'.repeat(randomChoice(random, [100, 1000, 100_000]));
  if (pick < 92) return new Array<number>(randomChoice(random, [100, 10_000])).fill(1);
  if (pick < 95) return new RawJson(randomChoice(random, ['1e999', '-1e999', '1.0', '-0', '1E400', '00', 'NaN', '']));
  const depth = randomChoice(random, depths);
  return randomChance(random, 0.5)
    ? new RawJson('['.repeat(depth) + ']'.repeat(depth))
    : new RawJson(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
}
