import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assertReplaceable, makeFolder } from '@rheobase/network/node';

/**
 * Creates the folder of a result file. Called before long work, so that its result is not lost.
 *
 * @throws naming the path if it is a folder, a device, a pipe or a read-only file, or its folder cannot be created.
 */
export async function prepareOutputFile(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw new Error(`${path} is a folder; give the name of a file to write.`);
  await assertReplaceable(path);
  await makeFolder(dirname(path));
}

/**
 * Refuses a file in place of an output folder. Called before long work; the folder is created on writing.
 *
 * @throws naming the path.
 */
export async function assertOutputFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) {
    throw new Error(
      `${path} is a file, and --out names a folder. Give another name, or the folder of a run to resume.`,
    );
  }
}
