import { describe, expect, it } from 'vitest';
import { readYaml } from './yaml-text.js';

const read = (text: string): unknown => readYaml(text, 'table.yaml').value;
const nested = (depth: number): string => Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}a:`).join('\n');

describe('readYaml', () => {
  it('gives the value of lists, maps and aliases', () => {
    expect(read('a: &b [1, {c: 2}]\nd: *b\n? 3\n'.replace('? 3', 'e: "? 3"'))).toEqual({
      a: [1, { c: 2 }],
      d: [1, { c: 2 }],
      e: '? 3',
    });
  });

  it('reads nesting that a file may have', () => {
    expect(read(nested(90))).toBeTypeOf('object');
    expect(read(`${'['.repeat(100)}${']'.repeat(100)}`)).toBeInstanceOf(Array);
  });

  it.each<[string, string, RegExp]>([
    ['keys that are maps', `a: 1\n${'? '.repeat(300)}`, /^table\.yaml:2: keys that start with '\? ' are not supported/],
    ['lists that are nested too deep', '['.repeat(101), /^table\.yaml:1: lists and maps are nested more than 100/],
    ['lists on one line that are', `a:\n${'- '.repeat(30_000)}`, /^table\.yaml:2: lists and maps are nested/],
    ['blocks that are', nested(300), /^table\.yaml:202: it is indented by 201 columns/],
    ['an alias in itself', 'a: &a [*a, *a]\nb: *a', /^table\.yaml: its aliases .*inside what it repeats/],
    ['an alias of nothing', 'a: *b', /^table\.yaml: its aliases .*Unresolved alias/],
    [
      'very many aliases',
      `a: &a 1\nb: [${'*a, '.repeat(101)}]`,
      /^table\.yaml:2: this is alias 101 \('\*a'\); at most 100/,
    ],
    [
      'aliases of aliases',
      Array.from({ length: 9 }, (_, i) => `a${i}: &a${i} [${i === 0 ? '1, 1' : `${`*a${i - 1}, `.repeat(9)}`}]`).join(
        '\n',
      ),
      /^table\.yaml: its aliases .*Excessive alias count/,
    ],
    [
      'very many fields',
      Array.from({ length: 5001 }, (_, i) => `a${i}: 1`).join('\n'),
      /:5001: it has more than 5000 fields/,
    ],
    ['a file too long to be one', 'a'.repeat(200_001), /^table\.yaml: it has 200001 characters/],
  ])('refuses %s', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
