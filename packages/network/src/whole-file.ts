import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file that appears whole or not at all: it is written under another name in the same folder, forced to disk, and
 * renamed, so a reader never sees half of it and a crash leaves an earlier file as it was.
 *
 * @throws naming the file if it cannot be written; the folder must exist.
 */
export async function writeWholeFile(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${path}: the file cannot be written (${reason}).`, { cause: error });
  }
}
