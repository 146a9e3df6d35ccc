import { train } from '@rheobase/experiments';
import { clipSites } from '@rheobase/models';
import { crossEntropy } from '@rheobase/training';
import type { Registries } from '@rheobase/experiments/node';
import type { Command } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import type { DatasetOptions } from '../choices/dataset-choice.js';
import { chooseNormalization, withNormalizationOptions } from '../choices/normalization-choice.js';
import { classifierFamily } from '../choices/network-task.js';
import { assignment, numberFrom, numberUpTo, path } from '../choices/option-values.js';
import { percent } from '../output/table.js';
import { recipeOf, type TrainingOptions, withTrainingOptions } from '../choices/training-options.js';
import { trainAndReport, type TrainingTask } from '../choices/training-report.js';

type Options = Pick<DatasetOptions, 'dataDir' | 'normalization'> &
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
  const command = program
    .command('train')
    .description('train a source network with trainable clips from scratch, and write it')
    .requiredOption('--model <name>', 'architecture; `rheobase models` lists them')
    .option('--model-option <name=value>', 'option of the architecture', assignment, {})
    .requiredOption('--dataset <name>', 'data set; `rheobase datasets` lists them')
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .option('--threshold <number>', 'what θ begins at', numberUpTo(0, 1000), 5)
    .option('--smoothing <share>', 'label smoothing', numberFrom(0, 0.99), 0)
    .option('--json', 'print one line of JSON');
  withTrainingOptions(withNormalizationOptions(command, 'the model’s own'), {
    epochs: 300,
    rate: 0.1,
    weightDecay: 5e-4,
    augment: 'strong',
  }).action(async (options: Options) => {
    const prepare = async (): Promise<TrainingTask> => {
      const family = classifierFamily(options.model, registries);
      const network = family.build({
        seed: options.seed,
        activation: clipSites(options.threshold),
        ...options.modelOption,
      });
      const recipe = recipeOf(options);
      const objective = { loss: crossEntropy({ smoothing: options.smoothing }) };
      return {
        network,
        dataset: options.dataset,
        normalization: chooseNormalization(options.normalization, family.normalization, undefined, output),
        lesson: (given, means) => train({ ...given, network, recipe, objective, means }),
      };
    };
    await trainAndReport('train', options, output, prepare, {
      figures: {},
      hashes: async () => ({}),
      describe: ({ test, validation, result }) =>
        `${percent(test.accuracy)} of ${test.images} test images, ${percent(validation.accuracy)} of ${validation.images} held out, after ` +
        `${options.epochs} epochs at ${result.imagesPerSecond.toFixed(0)} images/s. The network is ${options.out}/network.safetensors.`,
    });
  });
}
