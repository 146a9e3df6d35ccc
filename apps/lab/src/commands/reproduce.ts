import { readAnyExperimentFile, StoppedEarly, type Registries, withPlugins } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import { type BegunRun, begun, resumed } from '../reproduction/begun-run.js';
import { type CommandOutput, say } from '../output/command-output.js';
import { experimentFile } from '../reproduction/experiment-choice.js';
import { path } from '../choices/option-values.js';
import { assertOutputFolder } from '../output/output-file.js';
import { shellWord } from '../output/shell-word.js';
import { runClassification } from '../reproduction/reproduce-classification.js';
import { runDetection } from '../reproduction/reproduce-detection.js';
import { withReproduceOptions } from '../reproduction/reproduce-options.js';

/** `rheobase reproduce`: an experiment file through every stage of its method. */
export function reproduceCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('reproduce')
    .description('run an experiment through every stage of its method; begun again, it goes on where it was')
    .argument('[experiment]', 'an experiment file, or the name of a built-in one, such as two-stage/glyphs')
    .option(
      '--resume <folder>',
      'go on with the run in this folder as it was begun; what has moved since may be given anew, and --threads',
      path,
    );
  withReproduceOptions(command).action(async (experiment: string | undefined, _: object, used: Command) => {
    const run = await runGiven(
      experiment,
      used,
      registries.plugins.map(({ file }) => file),
    );
    if (run.options.out !== undefined) await assertOutputFolder(run.options.out);
    const known = await withPlugins(registries, run.plugins);
    const read = await readAnyExperimentFile(await experimentFile(run.experiment), known);
    const ended =
      read.task === 'detection'
        ? runDetection(read.experiment, run, read.registries, output)
        : runClassification(read.experiment, run, read.registries, output);
    await ended.catch((error: unknown) => {
      if (error instanceof StoppedEarly)
        say(output, `rheobase reproduce --resume ${shellWord(error.kept)} goes on with it.`);
      throw error;
    });
  });
}

async function runGiven(experiment: string | undefined, used: Command, plugins: readonly string[]): Promise<BegunRun> {
  const folder: unknown = used.getOptionValue('resume');
  if (typeof folder === 'string') {
    if (experiment === undefined) return resumed(folder, used, plugins);
    throw new Error(`--resume goes on with the experiment of ${folder}: leave '${experiment}' away.`);
  }
  if (experiment !== undefined) return begun(experiment, used, plugins);
  throw new Error(
    'Which experiment? Give an experiment file, the name of a built-in one, such as two-stage/glyphs, or --resume with the folder of a run.',
  );
}
