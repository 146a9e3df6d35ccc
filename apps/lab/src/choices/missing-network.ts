import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { shellWord } from '../output/shell-word.js';

/** Why a folder may hold no network, and what to do, in a sentence: for messages. */
export async function whyNoNetwork(folder: string): Promise<string> {
  const holds = async (name: string): Promise<boolean> =>
    access(join(folder, name)).then(
      () => true,
      () => false,
    );
  if (await holds('result.json')) {
    return 'The run in it came to its end and leaves none, as comparisons of methods do: give the folder of another run.';
  }
  if (await holds('command.json')) {
    return `The run in it has not come to its end: \`rheobase reproduce --resume ${shellWord(folder)}\` goes on where it was.`;
  }
  if ((await holds('config.json')) || (await holds('checkpoint.safetensors'))) {
    return 'The run in it has not come to its end: its command, given again, goes on where it was.';
  }
  return 'Give a folder that `rheobase reproduce`, `calibrate`, `finetune` or `train` wrote.';
}
