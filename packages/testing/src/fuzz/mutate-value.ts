import { ownValue } from '@rheobase/network';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { randomChance, randomChoice } from '../random-values.js';
import { hostileTexts, hostileValue, RawJson } from './hostile-values.js';

type Path = readonly (string | number)[];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawJson);

/** The paths of all nested values, including the value itself. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, i) => pathsOf(item, [...path, i]))];
  if (!isObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((around, step) => {
    if (Array.isArray(around)) return around[Number(step)];
    return isObject(around) ? ownValue(around, String(step)) : undefined;
  }, value);
}

/** The value with the value at one path replaced. */
function changedAt(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? changedAt(item, rest, change) : item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === step ? changedAt(item, rest, change) : item]),
  );
}

function changedList(random: RandomGenerator, list: readonly unknown[]): unknown {
  const at = uniformInt(random, 0, list.length);
  const item = list[Math.min(at, list.length - 1)];
  switch (uniformInt(random, 0, 3)) {
    case 0:
      return list.toSpliced(at, 1);
    case 1:
      return list.toSpliced(at, 0, hostileValue(random));
    case 2:
      return list.toSpliced(at, 0, item);
    default:
      return list.toReversed();
  }
}

function changedObject(random: RandomGenerator, object: Readonly<Record<string, unknown>>): unknown {
  const entries = Object.entries(object);
  const at = uniformInt(random, 0, entries.length);
  const [key = 'a', value] = entries[Math.min(at, entries.length - 1)] ?? [];
  switch (uniformInt(random, 0, 2)) {
    case 0:
      return Object.fromEntries(entries.toSpliced(at, 1));
    case 1:
      return Object.fromEntries([...entries, [randomChoice(random, hostileTexts), hostileValue(random)]]);
    default:
      return Object.fromEntries(entries.toSpliced(at, 1, [randomChoice(random, [...hostileTexts, `${key}s`]), value]));
  }
}

/** One change somewhere in plain data: a value replaced by a hostile one or by another from the data, a field removed, added or renamed. */
export function mutateValue(random: RandomGenerator, value: unknown): unknown {
  const paths = pathsOf(value);
  const path = randomChoice(random, paths);
  return changedAt(value, path, (old) => {
    if (Array.isArray(old) && randomChance(random, 0.7)) return changedList(random, old);
    if (isObject(old) && randomChance(random, 0.7)) return changedObject(random, old);
    return randomChance(random, 0.3) ? valueAt(value, randomChoice(random, paths)) : hostileValue(random);
  });
}

/** The JSON of a value with some parts as raw text. */
export function jsonText(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`)
    .join(',')}}`;
}
