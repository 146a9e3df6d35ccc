import { stat } from 'node:fs/promises';
import { fileReason, readText } from '@rheobase/network/node';
import { isMissing } from './byte-file.js';

/** A file that names what is in images, and how large it may be. */
export interface AnnotationFile {
  readonly path: string;
  /** What to do when it is not there. */
  readonly advice: string;
  /** Bytes; a larger file is refused before it is read. */
  readonly most: number;
}

/**
 * The text of a file that names what is in images.
 *
 * @throws (the promise rejects) naming the file if it is missing, no regular file, or larger than it may be.
 */
export async function readAnnotationFile({ path, advice, most }: AnnotationFile): Promise<string> {
  try {
    const found = await stat(path);
    if (found.isFile() && found.size <= most) return await readText(path);
    if (found.isFile()) {
      throw new RangeError(`${path}: has ${found.size} bytes, more than the ${most} that are read of such a file`);
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    if (isMissing(cause)) throw new Error(`${path}: no such file; ${advice}`, { cause });
    throw new Error(`${path}: cannot be read (${fileReason(cause)})`, { cause });
  }
  throw new Error(`${path}: is not a regular file; ${advice}`);
}
