/**
 * What a plain object holds under a name itself. A name from a file, a flag or a network may be one that every object inherits something
 * under, such as `constructor` or `__proto__`: `record[name]` would find that.
 */
export function ownValue<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
