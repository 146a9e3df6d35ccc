import { foldings, stageOne, type StageOneRecipe } from '@rheobase/experiments';
import { fileHash, type Registries } from '@rheobase/experiments/node';
import { isSpiking } from '@rheobase/network';
import { type Command, Option } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import { chooseDataset, type DatasetOptions } from '../choices/dataset-choice.js';
import { chooseNormalization, withNormalizationOptions } from '../choices/normalization-choice.js';
import {
  chooseClassifier,
  type NetworkOptions,
  parametersFile,
  sayAssumptions,
  withNetworkOptions,
} from '../choices/network-choice.js';
import { numberFrom, numberUpTo, path, wholeNumber } from '../choices/option-values.js';
import { percent } from '../output/table.js';
import { recipeOf, type TrainingOptions, withTrainingOptions } from '../choices/training-options.js';
import { trainAndReport, type TrainingTask } from '../choices/training-report.js';

type Options = NetworkOptions &
  Pick<DatasetOptions, 'dataset' | 'dataDir' | 'normalization'> &
  TrainingOptions & {
    readonly levels: number;
    readonly percentile: number;
    readonly thresholds: 'percentile' | 'least-squares';
    readonly noise: number;
    readonly distil: number;
    readonly temperature: number;
    readonly fold: (typeof foldings)[number];
    readonly json?: boolean;
  };

/** `rheobase finetune`: stage I, quantization-clip fine-tuning (METHOD §3). */
export function finetuneCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('finetune')
    .description('stage I: fine-tune a trained network with quantized activations, and write it')
    .option(
      '--dataset <name>',
      'data set; `rheobase datasets` lists them. That of the run whose folder --network is, or stands in, unless given',
    )
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .requiredOption('--levels <L>', 'quantization levels; T time steps later', wholeNumber(1))
    .option(
      '--percentile <percent>',
      'θ of a plain ReLU begins at this percentile of its activations',
      numberUpTo(0, 100),
      99,
    )
    .addOption(
      new Option(
        '--thresholds <rule>',
        'where θ of a plain ReLU begins: at --percentile, or where quantizing changes its activations least',
      )
        .choices(['percentile', 'least-squares'])
        .default('percentile'),
    )
    .option('--noise <share>', 'share of activations that pass unquantized in training', numberFrom(0, 1), 0.1)
    .option('--distil <weight>', 'how much of the loss is the source network’s, 0…1', numberFrom(0, 1), 1)
    .option('--temperature <tau>', 'of distillation', numberUpTo(0, 100), 2)
    .addOption(
      new Option('--fold <when>', 'batch norms are folded before or after training').choices(foldings).default('after'),
    )
    .option('--json', 'print one line of JSON');
  withTrainingOptions(withNormalizationOptions(withNetworkOptions(command), 'the model’s own'), {
    epochs: 16,
    rate: 0.01,
    weightDecay: 1e-4,
    augment: 'strong',
  }).action(async (options: Options) => {
    const prepare = async (): Promise<TrainingTask> => {
      const chosen = await chooseClassifier(options, registries, output);
      if (isSpiking(chosen.network)) {
        throw new Error(
          `${chosen.label} is a spiking network; finetune begins with an analog one. Give that which \`rheobase reproduce\` left as ` +
            'source.safetensors beside it, or what `rheobase train` wrote.',
        );
      }
      sayAssumptions(output, chosen, options);
      const { levels, noise, percentile, fold, distil: weight, temperature } = options;
      const recipe: StageOneRecipe = {
        ...recipeOf(options),
        levels,
        noise,
        thresholds:
          options.thresholds === 'percentile' ? { kind: 'percentile', percentile } : { kind: 'least-squares' },
        fold,
        distillation: { weight, temperature },
      };
      return {
        network: chosen.network,
        dataset: chooseDataset(options.dataset, chosen, output),
        normalization: chooseNormalization(
          options.normalization,
          chosen.normalization,
          chosen.normalizationTeller,
          output,
        ),
        lesson: (given, means) => stageOne(chosen.network, given, recipe, means),
      };
    };
    await trainAndReport('finetune', options, output, prepare, {
      figures: { levels: options.levels },
      hashes: async () => {
        const file = await parametersFile(options);
        return file === undefined ? {} : { network: await fileHash(file) };
      },
      describe: ({ test, validation, result }) =>
        [
          `L = ${options.levels}: ${percent(test.accuracy)} of ${test.images} test images, ${percent(validation.accuracy)} of ${validation.images} held out;`,
          `${options.epochs} epochs at ${result.imagesPerSecond.toFixed(0)} images/s. The network is ${options.out}/network.safetensors.`,
        ].join('\n'),
    });
  });
}
