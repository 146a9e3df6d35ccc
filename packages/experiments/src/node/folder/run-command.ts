import { parseJson } from '@rheobase/network';
import { fileReason, readText } from '@rheobase/network/node';
import { z } from 'zod';
import { runFiles } from './run-files.js';
import type { RunFolder } from './run-folder.js';

const content = z.strictObject({ command: z.array(z.string()).min(1) });

/**
 * Stores in a run's folder the command that started it. It contains local paths, and so is in a separate file, which no record
 * takes in.
 *
 * @param command words of a command line, the program's own name left out
 */
export async function keepCommand(folder: RunFolder, command: readonly string[] | undefined): Promise<void> {
  if (command !== undefined) await folder.write(folder.files.command, { command });
}

/** The command that resumes the run in a folder: the one that started it. */
export async function resumingCommand(path: string): Promise<string> {
  const [name = 'reproduce'] = await commandOfRun(path).catch(() => []);
  return name;
}

/**
 * The command that started the run in a folder.
 *
 * @throws naming the file, if there is none or it is damaged.
 */
export async function commandOfRun(path: string): Promise<readonly string[]> {
  const file = runFiles(path).command;
  const text = await readText(file).catch((error: unknown) => {
    throw new Error(
      `${file}: there is no run to resume (${fileReason(error)}). Give the folder of one, or repeat its command with --out ${path}.`,
      { cause: error },
    );
  });
  const read = content.safeParse(parsed(text));
  if (read.success) return read.data.command;
  throw new Error(
    `${file}: this is not a command of a run. Remove it, and repeat the run's command with --out ${path}.`,
  );
}

function parsed(text: string): unknown {
  try {
    return parseJson(text, 'the file');
  } catch {
    return undefined;
  }
}
