import { z } from 'zod';

type Json = z.core.util.JSONType;

/** Data as they will be read back from a file: fields that are undefined are none. */
export function jsonOf(data: object): Readonly<Record<string, Json>> {
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(data)));
}
