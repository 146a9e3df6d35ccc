import { readAnyExperimentFile, type Registries } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import { experimentFile } from '../reproduction/experiment-choice.js';
import { type ReproduceCommandOptions, withReproduceOptions } from '../reproduction/reproduce-options.js';
import { resumable } from '../reproduction/resumable.js';
import { runExperiment } from '../reproduction/run-experiment.js';

/** `rheobase reproduce`: an experiment file through every stage of its method. */
export function reproduceCommand(program: Command, output: CommandOutput, registries: Registries): void {
  resumable<ReproduceCommandOptions>(
    program,
    {
      name: 'reproduce',
      description: 'run an experiment through every stage of its method; the same command resumes it',
      define: (command) =>
        withReproduceOptions(
          command.argument(
            '[experiment]',
            'an experiment file, or the name of a built-in one, such as two-stage/glyphs',
          ),
        ),
      check: ([experiment]) => {
        if (experiment !== undefined) return;
        throw new Error(
          'No experiment was given. Give an experiment file, the name of a built-in one such as two-stage/glyphs, or --resume with the folder of a run.',
        );
      },
      run: async (run) =>
        runExperiment(
          await readAnyExperimentFile(await experimentFile(run.args[0] ?? ''), run.registries),
          run,
          output,
        ),
    },
    registries,
    output,
  );
}
