import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes the folder that a result will be written into. Called before long work begins, so that nothing is lost at its end.
 *
 * @throws naming the path if it is a folder itself, or its folder cannot be made.
 */
export async function prepareOutputFile(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw new Error(`${path} is a folder; give the name of a file to write.`);
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${path}: its folder cannot be made (${reason}).`, { cause: error });
  }
}
