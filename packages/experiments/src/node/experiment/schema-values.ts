import { z } from 'zod';

export const count = (what: string): z.ZodInt => z.int().min(1).describe(what);
export const share = (what: string): z.ZodNumber => z.number().min(0).max(1).describe(what);
export const positive = (what: string): z.ZodNumber => z.number().positive().describe(what);

/** Data that nobody changes once they are read. */
export type Immutable<Data> = Data extends readonly (infer Entry)[]
  ? readonly Immutable<Entry>[]
  : Data extends object
    ? { readonly [Field in keyof Data]: Immutable<Data[Field]> }
    : Data;
