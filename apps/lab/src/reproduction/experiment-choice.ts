import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unknownName } from '@rheobase/network';

const folder = fileURLToPath(new URL('../../experiments/', import.meta.url));
const ending = '.yaml';

/** The built-in experiments, such as `two-stage/glyphs`. */
export async function experimentNames(): Promise<readonly string[]> {
  const papers = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const names = await Promise.all(
    papers.map(async ({ name }) =>
      (await readdir(join(folder, name)))
        .filter((file) => file.endsWith(ending))
        .map((file) => `${name}/${file.slice(0, -ending.length)}`),
    ),
  );
  return names.flat().toSorted();
}

/**
 * The file of an experiment, given by path or, if it is built in, by name.
 *
 * @throws if there is none, naming similar ones.
 */
export async function experimentFile(given: string): Promise<string> {
  if (existsSync(given)) return given;
  const names = await experimentNames();
  if (names.includes(given)) return join(folder, `${given}${ending}`);
  throw new Error(`${unknownName('experiment', given, names)} Give one of these, or the path of an experiment file.`);
}
