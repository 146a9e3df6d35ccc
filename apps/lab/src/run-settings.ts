import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the result in a folder says of how its network was made. */
export interface RunSettings {
  /** T. */
  readonly steps?: number;
  readonly dataset?: string;
  readonly normalization?: string;
}

/**
 * Reads the settings of the run whose folder it is: of `result.json`, if there is one, or of the options that are recorded in it.
 *
 * @throws naming the file, if it is damaged.
 */
export async function readRunSettings(folder: string): Promise<RunSettings> {
  const path = join(folder, 'result.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
  const result = fieldsOf(parsed(text, path));
  // A result has them itself; a record of a command has them among its options.
  const { steps, dataset, normalization } = { ...fieldsOf(result['options']), ...result };
  return {
    ...(typeof steps === 'number' && { steps }),
    ...(typeof dataset === 'string' && { dataset }),
    ...(typeof normalization === 'string' && { normalization }),
  };
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: it is no JSON. Repeat the run that wrote it, or remove it and give its options here.`, {
      cause: error,
    });
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
