import { foundRunFile, type RunFile } from '@rheobase/experiments/node';
import { shellWord } from '../output/shell-word.js';

/** Why a folder may hold no network, and what to do, in a sentence: for messages. */
export function whyNoNetwork(folder: string): string {
  const holds = (file: RunFile): boolean => foundRunFile(folder, file) !== undefined;
  if (holds('result')) {
    return 'The run in it came to its end and leaves none, as comparisons of methods do: give the folder of another run.';
  }
  if (holds('command')) {
    return `The run in it has not come to its end: \`rheobase reproduce --resume ${shellWord(folder)}\` goes on where it was.`;
  }
  if (holds('configuration') || holds('formerCheckpoint')) {
    return 'The run in it has not come to its end: its command, given again, goes on where it was.';
  }
  return 'Give a folder that `rheobase reproduce`, `calibrate`, `finetune` or `train` wrote.';
}
