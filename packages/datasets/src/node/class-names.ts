import { readText } from '@rheobase/network/node';
import { isMissing } from './byte-file.js';

/** The lines of a text file without surrounding blanks, empty ones left out; undefined if there is no such file. */
export async function readLines(path: string): Promise<readonly string[] | undefined> {
  try {
    const text = await readText(path);
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new Error(`${path}: cannot be read`, { cause });
  }
}

/**
 * Class names from a file with one per line, or the well-known ones if there is no such file.
 *
 * @throws (the promise rejects) if the file names another number of classes.
 */
export async function classNamesFrom(path: string, wellKnown: readonly string[]): Promise<readonly string[]> {
  const names = await readLines(path);
  if (!names) return wellKnown;
  if (names.length !== wellKnown.length) {
    throw new Error(
      `${path}: names ${names.length} classes, not ${wellKnown.length}; restore it, or remove it to use the usual names`,
    );
  }
  return names;
}
