import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileReason } from './file-reason.js';

const temporaryPrefix = (path: string): string => `.${basename(path)}.`;
const temporarySuffix = '.tmp';

/**
 * Writes a file that appears whole or not at all: it is written under another name in the same folder, forced to disk, and
 * renamed, so a reader never sees half of it and a crash leaves an earlier file as it was.
 *
 * @throws naming the file if it cannot be written, or is no regular file, or read-only; the folder must exist. A link stays, and its target is replaced.
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
 * Refuses a path that {@link writeWholeFile} would refuse for what is there. Called before long work begins, so that nothing is lost at its end.
 *
 * @throws naming the path if it is a device, a pipe, or a read-only file.
 */
export async function assertReplaceable(path: string): Promise<void> {
  await fileToReplace(path);
}

/**
 * Where a file is to be renamed to: behind links, which stay. Renaming asks for the folder's permission alone: it would replace a device, a pipe,
 * or a file that its owner has protected.
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
 * The bytes of a file that {@link writeWholeFile} writes, once what killed writers have left beside it is removed; nothing where there
 * is none yet. Nobody else may be writing it now.
 *
 * @param what it holds, for messages: `the checkpoint`
 * @throws naming the file if it is there and cannot be read.
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
 * Removes what processes that were killed while they wrote a file have left beside it. Nobody else may be writing it now.
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
