import { runFiles } from '@rheobase/experiments/node';
import { parseJson } from '@rheobase/network';
import { readText } from '@rheobase/network/node';

/** What the result and the configuration in a folder say of how its network was made. */
export interface RunSettings {
  /** T. */
  readonly steps?: number;
  readonly dataset?: string;
  readonly normalization?: string;
}

/**
 * Reads the settings of the run whose folder it is: of its result, if there is one, or of the options that are recorded in it; else
 * of its configuration.
 *
 * @throws naming the file, if it is damaged.
 */
export async function readRunSettings(folder: string): Promise<RunSettings> {
  const result = await fieldsIn(runFiles(folder).result);
  const configured = fieldsOf((await fieldsIn(runFiles(folder).configuration))['run']);
  // A result has them itself; a record of a command has them among its options. Of a detector, the configuration alone tells the set.
  const { steps, dataset, normalization }: Readonly<Record<string, unknown>> = {
    ...fieldsOf(configured['data']),
    steps: configured['steps'],
    ...fieldsOf(result['options']),
    ...result,
  };
  return {
    ...(typeof steps === 'number' && { steps }),
    ...(typeof dataset === 'string' && { dataset }),
    ...(typeof normalization === 'string' && { normalization }),
  };
}

/** What a file of JSON holds; nothing where there is none. */
async function fieldsIn(path: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readText(path);
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
  return fieldsOf(parsed(text, path));
}

function parsed(text: string, path: string): unknown {
  try {
    return parseJson(text, path);
  } catch (error) {
    throw new Error(`${path}: it is not JSON. Repeat the run that wrote it, or remove it and give its options here.`, {
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
