import { z } from 'zod';
import type { Registries } from '../../registries.js';

export const count = (what: string): z.ZodInt => z.int().min(1).describe(what);
export const share = (what: string): z.ZodNumber => z.number().min(0).max(1).describe(what);
export const positive = (what: string): z.ZodNumber => z.number().positive().describe(what);

/** Data that nobody changes once they are read. */
export type Immutable<Data> = Data extends readonly (infer Entry)[]
  ? readonly Immutable<Entry>[]
  : Data extends object
    ? { readonly [Field in keyof Data]: Immutable<Data[Field]> }
    : Data;

/** A schema whose names are those of registries; made once for each. */
export function schemaFor<Schema>(make: (known: Registries) => Schema): (known: Registries) => Schema {
  const made = new WeakMap<Registries, Schema>();
  return (known) => {
    const schema = made.get(known) ?? make(known);
    made.set(known, schema);
    return schema;
  };
}
