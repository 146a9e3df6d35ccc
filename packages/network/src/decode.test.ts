import { describe, expect, it } from 'vitest';
import { count, dictionary, finite, list, object, one, oneOf, text, two } from './decode.js';

interface Thing {
  readonly size: number;
  readonly note?: string;
}
const thing = object<Thing>({ size: count, note: { ifPresent: text } });

describe('object', () => {
  it('gives the fields in the order of its definition, without those that are absent', () => {
    expect(thing({ size: 3 }, 'f')).toEqual({ size: 3 });
    expect(Object.keys(thing({ note: 'n', size: 3 }, 'f'))).toEqual(['size', 'note']);
  });

  it('refuses a missing, an unknown and an ill-typed field, and says where', () => {
    expect(() => thing({}, 'file')).toThrow('file: size must be an integer of at least 0, not missing.');
    expect(() => thing({ size: 1, notes: '' }, 'file')).toThrow(
      /^file: There is no field 'notes'\. Did you mean 'note'\?/,
    );
    expect(() => thing({ size: 1, note: 2 }, 'file')).toThrow('file: note must be a text, not 2.');
    expect(() => thing([], 'file')).toThrow('file must be an object, not [].');
  });

  it('takes nothing from a prototype, and no __proto__ for a field', () => {
    expect(() => object<{ toString: string }>({ toString: text })({}, 'f')).toThrow(
      /toString must be a text, not missing/,
    );
    expect(() => thing(JSON.parse('{"size":1,"__proto__":{}}'), 'f')).toThrow(/no field '__proto__'/);
  });
});

describe('the other decoders', () => {
  it('pass what fits', () => {
    expect(list(finite)([1.5, -2], 'f')).toEqual([1.5, -2]);
    expect(one(text)(['a'], 'f')).toEqual(['a']);
    expect(two(count)([1, 2], 'f')).toEqual([1, 2]);
    expect(oneOf('a', 'b')('b', 'f')).toBe('b');
    expect(oneOf(0, 1)(0, 'f')).toBe(0);
    const odd = dictionary(text)(JSON.parse('{"__proto__":"x"}'), 'f');
    expect(Object.entries(odd)).toEqual([['__proto__', 'x']]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a number beyond the largest', () => finite(JSON.parse('1e999'), 'f'), /f must be a finite number, not Infinity/],
    ['a number as text', () => finite('1', 'f'), /finite number, not "1"/],
    ['a fraction', () => count(0.5, 'f'), /integer/],
    ['a negative count', () => count(-1, 'f'), /at least 0, not -1/],
    ['a list of another length', () => two(count)([1], 'f'), /list of two, not \[1\]/],
    ['several where one is needed', () => one(count)([1, 2], 'f'), /list of one/],
    ['an element of another type', () => list(text)(['a', 1], 'f'), /f\[1\] must be a text/],
    ['a value that is none of those known', () => oneOf('a', 'b')('c', 'f'), /one of a, b, not "c"/],
    ['an entry of another type', () => dictionary(finite)({ k: 'x' }, 'f'), /f\.k must be a finite number/],
    ['a list for an object', () => dictionary(finite)([], 'f'), /must be an object/],
  ])('refuse %s', (_, decode, message) => {
    expect(decode).toThrow(message);
  });
});
