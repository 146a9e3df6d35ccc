import { train } from '@rheobase/experiments';
import type { Registries } from '@rheobase/experiments/node';
import { clipSites } from '@rheobase/models';
import { crossEntropy } from '@rheobase/training';
import type { Command } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import type { DatasetOptions } from '../choices/dataset-choice.js';
import { type FolderOptions, withFolderOptions } from '../choices/folder-choice.js';
import { chooseNormalization, withNormalizationOptions } from '../choices/normalization-choice.js';
import { classifierFamily } from '../choices/network-task.js';
import { assignment, numberFrom, numberUpTo, path } from '../choices/option-values.js';
import { recipeOf, type TrainingOptions, withTrainingOptions } from '../choices/training-options.js';
import { resumable } from '../reproduction/resumable.js';
import { trainAndTell } from '../reproduction/train-and-tell.js';

type Options = Pick<DatasetOptions, 'dataDir' | 'normalization'> &
  FolderOptions &
  TrainingOptions & {
    readonly dataset: string;
    readonly model: string;
    readonly modelOption: Readonly<Record<string, unknown>>;
    readonly threshold: number;
    readonly smoothing: number;
    readonly json?: boolean;
  };

/** `rheobase train`: a source network with trainable clips, from scratch (METHOD §1). */
export function trainCommand(program: Command, output: CommandOutput, registries: Registries): void {
  resumable<Options>(
    program,
    {
      name: 'train',
      description: 'train a source network with trainable clips from scratch, and write it',
      define: withTrainOptions,
      run: async (run) => {
        const { options, registries: known } = run;
        const { dataset, seed, threshold, smoothing } = options;
        const family = classifierFamily(options.model, known);
        const network = family.build({ seed, activation: clipSites(threshold), ...options.modelOption });
        const recipe = recipeOf(options);
        const objective = { loss: crossEntropy({ smoothing }) };
        await trainAndTell(
          run,
          {
            command: 'train',
            network,
            dataset,
            normalization: chooseNormalization(options.normalization, family.normalization, undefined, output),
            settings: { smoothing },
            trainer: (means, { split }) => train({ ...split, network, recipe, objective, means }),
          },
          output,
        );
      },
    },
    registries,
    output,
  );
}

function withTrainOptions(command: Command): Command {
  return withTrainingOptions(
    withFolderOptions(
      withNormalizationOptions(
        command
          .requiredOption('--model <name>', 'architecture; `rheobase models` lists them')
          .option('--model-option <name=value>', 'option of the architecture', assignment, {})
          .requiredOption('--dataset <name>', 'data set; `rheobase datasets` lists them')
          .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
          .option('--threshold <number>', 'initial θ', numberUpTo(0, 1000), 5)
          .option('--smoothing <fraction>', 'label smoothing', numberFrom(0, 0.99), 0)
          .option('--json', 'print one line of JSON'),
        'the model’s own',
      ),
    ),
    { epochs: 300, rate: 0.1, weightDecay: 5e-4, augment: 'strong' },
  );
}
