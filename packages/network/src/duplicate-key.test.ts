import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateKey } from './duplicate-key.js';

describe('duplicateKey', () => {
  it('finds a key that occurs twice in one object, at any depth', () => {
    expect(duplicateKey('{"a":1,"b":2,"a":3}')).toBe('a');
    expect(duplicateKey('{"x":[{"y":{"b":1, "b" :2}}]}')).toBe('b');
  });

  it('sees through escapes', () => {
    expect(duplicateKey(String.raw`{"a":1,"\u0061":2}`)).toBe('a');
    expect(duplicateKey(String.raw`{"\"":1,"\"":2}`)).toBe('"');
  });

  it('finds __proto__ twice', () => {
    expect(duplicateKey('{"__proto__":1,"__proto__":2}')).toBe('__proto__');
  });

  it('lets the same key stand in two objects, and as a text', () => {
    expect(duplicateKey('{"a":{"a":"a"},"b":["a","a",{"a":1}],"c":{"a":"\\"a\\":1,"}}')).toBeUndefined();
  });

  it('finds nothing in what JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.json(), (text) => duplicateKey(text) === undefined),
      { seed: 1 },
    );
  });

  it('finds the key that was put in a second time', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (object, pick) => {
        const keys = Object.keys(object);
        const key = keys[pick % keys.length] ?? '';
        const text = `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(key)}:0}`;
        expect(duplicateKey(text)).toBe(key);
      }),
      { seed: 2 },
    );
  });
});
