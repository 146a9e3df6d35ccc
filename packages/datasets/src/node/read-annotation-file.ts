import { readFile } from 'node:fs/promises';
import { isMissing } from './byte-file.js';

/** The text of a file that names what is in images; `advice` says what to do when it is not there. */
export async function readAnnotationFile(path: string, advice: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) throw new Error(`${path}: no such file; ${advice}`, { cause });
    throw new Error(`${path}: cannot be read`, { cause });
  }
}
