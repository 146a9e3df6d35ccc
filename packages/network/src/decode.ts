import { inWords } from './in-words.js';
import { ownValue } from './own-value.js';
import { readingLimits, shortName } from './reading-limits.js';
import { unknownName } from './registry.js';

/**
 * Turns a value of unknown origin into one of type T, or throws.
 *
 * @param at the value's location, for the message: file, node, field
 */
export type Decode<T> = (value: unknown, at: string) => T;

/** An optional field. */
export interface OptionalField<T> {
  readonly ifPresent: Decode<T>;
}

export type Fields<T> = {
  readonly [Key in keyof T]-?: Record<never, never> extends Pick<T, Key> ? OptionalField<T[Key]> : Decode<T[Key]>;
};

function refuse(at: string, needed: string, value: unknown): never {
  throw new Error(`${at} must be ${needed}, not ${inWords(value)}.`);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A non-empty string. */
export const text: Decode<string> = (value, at) => {
  if (typeof value !== 'string') return refuse(at, 'a text', value);
  const { nameLength } = readingLimits;
  return value.length <= nameLength ? value : refuse(at, `a name of at most ${nameLength} characters`, value);
};

export const finite: Decode<number> = (value, at) =>
  typeof value === 'number' && Number.isFinite(value) ? value : refuse(at, 'a finite number', value);

export const flag: Decode<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : refuse(at, 'true or false', value);

/** An integer ≥ 0. */
export const count: Decode<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : refuse(at, 'an integer of at least 0', value);

/** One of the given strings or numbers. */
export function oneOf<const T extends string | number>(...values: readonly T[]): Decode<T> {
  return (value, at) => values.find((known) => known === value) ?? refuse(at, `one of ${values.join(', ')}`, value);
}

export function list<T>(element: Decode<T>): Decode<readonly T[]> {
  return (value, at) =>
    Array.isArray(value) ? value.map((item, i) => element(item, `${at}[${i}]`)) : refuse(at, 'a list', value);
}

export function one<T>(element: Decode<T>): Decode<readonly [T]> {
  return (value, at) =>
    Array.isArray(value) && value.length === 1 ? [element(value[0], `${at}[0]`)] : refuse(at, 'a list of one', value);
}

export function two<T>(element: Decode<T>): Decode<readonly [T, T]> {
  return (value, at) =>
    Array.isArray(value) && value.length === 2
      ? [element(value[0], `${at}[0]`), element(value[1], `${at}[1]`)]
      : refuse(at, 'a list of two', value);
}

/** An object with any keys and values of one kind. */
export function dictionary<T>(element: Decode<T>): Decode<Readonly<Record<string, T>>> {
  return (value, at) =>
    isObject(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, item]) => [text(key, `${at}: a key`), element(item, `${at}.${key}`)]),
        )
      : refuse(at, 'an object', value);
}

/** An object with exactly the given fields, in their order. */
export function object<T extends object>(fields: Fields<T>): Decode<T> {
  const decoders = new Map<string, Decode<unknown> | OptionalField<unknown>>(Object.entries(fields));
  return (value, at) => {
    if (!isObject(value)) return refuse(at, 'an object', value);
    const unknownField = Object.keys(value).find((key) => !decoders.has(key));
    if (unknownField !== undefined) {
      throw new Error(`${at}: ${unknownName('field', shortName(unknownField), [...decoders.keys()])}`);
    }
    const decoded = [...decoders].flatMap(([key, field]) => {
      const given = ownValue(value, key);
      if (typeof field === 'function') return [[key, field(given, `${at}: ${key}`)]];
      return Object.hasOwn(value, key) ? [[key, field.ifPresent(given, `${at}: ${key}`)]] : [];
    });
    // Every field of T has been decoded by its own decoder, which the type of `fields` guarantees.
    return Object.fromEntries(decoded) as T;
  };
}
