import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileReason } from './file-reason.js';

const temporaryPrefix = (path: string): string => `.${basename(path)}.`;
const temporarySuffix = '.tmp';

/**
 * Writes a file atomically: under a temporary name in the same folder, flushed to disk, then renamed. A reader never sees half of it, and a crash
 * leaves an earlier file unchanged.
 *
 * @throws naming the file if it cannot be written, is not a regular file, or is read-only; the folder must exist. A link stays; its target is
 *   replaced.
 */
export async function writeWholeFile(path: string, content: Uint8Array | string): Promise<void> {
  const target = await fileToReplace(path);
  const temporary = join(dirname(target), `${temporaryPrefix(target)}${randomUUID()}${temporarySuffix}`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Error(`${path}: the file cannot be written (${fileReason(error)}).`, { cause: error });
  }
}

/**
 * Refuses an existing path that {@link writeWholeFile} would refuse. Called before long work, so that its result is not lost.
 *
 * @throws naming the path if it is a device, a pipe, or a read-only file.
 */
export async function assertReplaceable(path: string): Promise<void> {
  await fileToReplace(path);
}

/**
 * The target to rename to, with links resolved. Renaming checks only the folder's permissions: it would replace a device, a pipe, or a read-only
 * file.
 */
async function fileToReplace(path: string): Promise<string> {
  const target = await realpath(path).catch(() => path);
  const present = await stat(path).catch(() => undefined);
  if (present === undefined || present.isDirectory()) return target;
  if (!present.isFile()) {
    throw new Error(`${path}: it is a device or a pipe, and a whole file is written. Give the name of a file.`);
  }
  if ((present.mode & 0o222) === 0) {
    throw new Error(`${path}: the file is read-only, so it is not replaced. Give another name, or make it writable.`);
  }
  return target;
}

/**
 * Reads a file written by {@link writeWholeFile}, after removing temporary files of killed writers; undefined if it does not exist. Nobody else may
 * be writing it at the same time.
 *
 * @param what the file is, for messages: `the checkpoint`
 * @throws naming the file if it exists and cannot be read.
 */
export async function readWholeFile(path: string, what: string): Promise<Uint8Array | undefined> {
  await removeUnfinishedFiles(path);
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`${path}: ${what} cannot be read (${fileReason(error)}).`, { cause: error });
  }
}

/**
 * Removes temporary files left by processes that were killed while writing a file. Nobody else may be writing it at the same time.
 *
 * @throws naming the file if its folder cannot be read.
 */
export async function removeUnfinishedFiles(path: string): Promise<void> {
  const folder = dirname(path);
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw new Error(`${path}: its folder cannot be read (${fileReason(error)}).`, { cause: error });
  }
  for (const name of names) {
    if (name.startsWith(temporaryPrefix(path)) && name.endsWith(temporarySuffix)) {
      await rm(join(folder, name), { force: true });
    }
  }
}
