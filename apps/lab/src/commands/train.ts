import { granularities, sourceObjective, thresholdGradients, train, untrainedSource } from '@rheobase/experiments';
import type { Registries } from '@rheobase/experiments/node';
import { type Command, Option } from 'commander';
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
    readonly thresholdsPer?: (typeof granularities)[number];
    readonly thresholdGradient?: (typeof thresholdGradients)[number];
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
        const { dataset, seed, smoothing, thresholdGradient } = options;
        const family = classifierFamily(options.model, known);
        const network = untrainedSource(family, options.modelOption, options, seed);
        const recipe = recipeOf(options);
        const objective = sourceObjective(network, { smoothing, thresholdGradient });
        await trainAndTell(
          run,
          {
            command: 'train',
            network,
            dataset,
            normalization: chooseNormalization(options.normalization, family.normalization, undefined, output),
            settings: { smoothing, ...(thresholdGradient !== undefined && { thresholdGradient }) },
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
          .addOption(
            new Option(
              '--thresholds-per <what>',
              'what shares a θ: a layer, or each of its channels (default: layer)',
            ).choices(granularities),
          )
          .addOption(
            new Option(
              '--threshold-gradient <kind>',
              'the gradient of θ: plain, or scaled by 1/√(elements per θ), as learned step sizes have it (default: plain)',
            ).choices(thresholdGradients),
          )
          .option('--smoothing <fraction>', 'label smoothing', numberFrom(0, 0.99), 0)
          .option('--json', 'print one line of JSON'),
        'the model’s own',
      ),
    ),
    { epochs: 300, rate: 0.1, weightDecay: 5e-4, augment: 'strong' },
  );
}
