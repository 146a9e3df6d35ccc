import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileReason } from './file-reason.js';

/**
 * Creates a folder and its parents if they do not exist. Node's recursive `mkdir` never returns where the system refuses a new folder in an existing
 * one with ENOENT, as under /proc.
 *
 * @throws naming the folder if it cannot be created, or is a file.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await make(resolve(path));
  } catch (error) {
    // Every parent exists by now, so ENOENT does not mean that part of the path is missing.
    const reason = isMissing(error) ? 'ENOENT: the file system allows no folders there' : fileReason(error);
    throw new Error(`${path}: the folder cannot be made (${reason}).`, { cause: error });
  }
}

async function make(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return;
    const parent = dirname(path);
    if (found !== undefined || parent === path || !isMissing(error)) throw error;
    await make(parent);
    await mkdir(path).catch(async (again: unknown) => {
      // Another process may have created it in the meantime.
      if (!(await stat(path).catch(() => undefined))?.isDirectory()) throw again;
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
