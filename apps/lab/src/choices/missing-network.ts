import { existingFile, resumingCommand, runFiles } from '@rheobase/experiments/node';
import { shellWord } from '../output/shell-word.js';

/** A sentence for messages: why a folder may have no network, and what to do. */
export async function whyNoNetwork(folder: string): Promise<string> {
  const { result, command, configuration, formerCheckpoint } = runFiles(folder);
  const holds = (file: string): boolean => existingFile(file) !== undefined;
  if (holds(result)) {
    return 'The run in it has finished without one, as comparisons of methods do: give the folder of another run.';
  }
  if (holds(command)) {
    return `The run in it has not finished: \`rheobase ${await resumingCommand(folder)} --resume ${shellWord(folder)}\` resumes it.`;
  }
  if (holds(configuration) || holds(formerCheckpoint)) {
    return 'The run in it has not finished: the same command resumes it.';
  }
  return 'Give a folder that `rheobase reproduce`, `calibrate`, `finetune` or `train` wrote.';
}
