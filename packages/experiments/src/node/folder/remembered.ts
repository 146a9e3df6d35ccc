import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseJson } from '@rheobase/network';
import { fileReason, makeFolder, readText, removeUnfinishedFiles, writeWholeFile } from '@rheobase/network/node';
import { z } from 'zod';
import { withPresentNames } from '../../former-names.js';

/** What something was made from: settings and hashes. Another one means that it has to be made again. */
export type Origin = z.core.util.JSONType;

/**
 * The value that a file holds, if it was made from the same origin.
 *
 * @throws naming the file, if it is there and cannot be read.
 */
export async function recall<Value>(file: string, from: Origin, schema: z.ZodType<Value>): Promise<Value | undefined> {
  const text = await readText(file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`${file}: the record cannot be read (${fileReason(error)}).`, { cause: error });
  });
  if (text === undefined) return undefined;
  const record = z.strictObject({ from: z.json(), value: schema }).safeParse(parsed(text));
  return record.success && isDeepStrictEqual(withPresentNames(record.data.from), withPresentNames(asRead(from)))
    ? record.data.value
    : undefined;
}

/** A damaged record counts as missing: its value is computed again. */
function parsed(text: string): unknown {
  try {
    return parseJson(text, 'the file');
  } catch {
    return undefined;
  }
}

/**
 * Keeps a value with its origin for {@link recall}.
 *
 * @returns the value as `recall` gives it, with its fields in the same order: a resumed run must write the same bytes as one that never stopped
 */
export async function remember<Value>(
  file: string,
  from: Origin,
  value: Value,
  schema: z.ZodType<Value>,
): Promise<Value> {
  const read = schema.safeParse(asRead(value));
  const kept = read.success ? read.data : value;
  await makeFolder(dirname(file));
  await removeUnfinishedFiles(file);
  await writeWholeFile(file, `${JSON.stringify({ from, value: kept }, undefined, 1)}\n`);
  return kept;
}

/** Data as they are read back from JSON. */
function asRead(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data));
}

/** Forgets it. */
export async function forget(file: string): Promise<void> {
  await rm(file, { force: true });
}
