import { runFiles } from '@rheobase/experiments/node';
import { parseJson } from '@rheobase/network';
import { readText } from '@rheobase/network/node';

/** How a folder's network was made, according to its result and configuration. */
export interface RunSettings {
  /** T. */
  readonly steps?: number;
  readonly dataset?: string;
  readonly normalization?: string;
}

/**
 * Reads the settings of the run in a folder: from its result or the options recorded in it, if there is one, else from its configuration.
 *
 * @throws naming the file, if it is damaged.
 */
export async function readRunSettings(folder: string): Promise<RunSettings> {
  const result = await fieldsIn(runFiles(folder).result);
  const configured = fieldsOf((await fieldsIn(runFiles(folder).configuration))['run']);
  // A result has them directly; a record of a command has them in its options. For a detector, only the configuration has the set.
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

/** The fields of a JSON file; none if it does not exist. */
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
