import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assertReplaceable, makeFolder } from '@rheobase/network/node';

/**
 * Makes the folder that a result will be written into. Called before long work begins, so that nothing is lost at its end.
 *
 * @throws naming the path if it is a folder, a device, a pipe or a read-only file, or its folder cannot be made.
 */
export async function prepareOutputFile(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw new Error(`${path} is a folder; give the name of a file to write.`);
  await assertReplaceable(path);
  await makeFolder(dirname(path));
}

/**
 * Refuses a file where a folder is to be. Called before long work begins; the folder itself is made by what writes into it.
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
