import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { networkFileOf, runFiles } from '@rheobase/experiments/node';
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
export async function assertOutputFolder(path: string, option = '--out'): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) {
    throw new Error(
      `${path} is a file, and ${option} names a folder. Give another name${option === '--out' ? ', or the folder of a run to resume' : ''}.`,
    );
  }
}

/**
 * Refuses a folder for networks whose files cannot be replaced, or that holds a run, whose networks are not to be replaced. Called before long work.
 *
 * @param names of the networks, without their ending
 * @throws naming the path.
 */
export async function assertNetworksFolder(folder: string, names: readonly string[]): Promise<void> {
  await assertOutputFolder(folder);
  const { configuration, result } = runFiles(folder);
  for (const file of [configuration, result]) {
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined) {
      throw new Error(`${folder} holds a run (${file}), whose networks would be replaced; give another name to --out.`);
    }
  }
  for (const name of names) await assertReplaceable(networkFileOf(folder, name));
}

/** What becomes of the files and folders that options name, for the help. */
export const outputHelp = `
Files that commands write:
  A file named by --out, --output, --record or --picture is replaced if it exists; its folder is created if there is none. The new content
  is written next to it and then renamed, so that after an error or an interruption the old file is still whole. Refused before any work: a file that
  the command reads, a folder, a device, a read-only file, the wrong ending.
  A folder named by --out is created. train, finetune, calibrate, reproduce and sweep resume the run that it holds if it is the same one, and refuse
  another. convert-detector and quickstart replace the networks that they wrote there before, and refuse the folder of a run.
`;
