/**
 * The own property of a plain object. A name from a file, a flag or a network may be an inherited one, such as `constructor` or `__proto__`, which
 * `record[name]` would find.
 */
export function ownValue<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
