import { stat } from 'node:fs/promises';
import { fileReason } from '@rheobase/network/node';
import { sha256Of } from './sha256.js';

/**
 * Tells a file from any other: its SHA-256.
 *
 * @throws (the promise rejects) naming the file if it cannot be read, or is a folder or a pipe.
 */
export async function fileFingerprint(path: string): Promise<string> {
  let isFile: boolean;
  try {
    isFile = (await stat(path)).isFile();
    if (isFile) return await sha256Of(path);
  } catch (cause) {
    throw new Error(`${path}: cannot be read (${fileReason(cause)})`, { cause });
  }
  throw new Error(`${path}: is not a regular file`);
}
