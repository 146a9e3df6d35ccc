import { assertConvertible, conversionProblems, describeProblem, type ReportEntry } from '@rheobase/converter';
import { foldings, granularities, stageOne, type StageOneRecipe, thresholdGradients } from '@rheobase/experiments';
import { fileHash, type Registries, runFileNames } from '@rheobase/experiments/node';
import { isSpiking, type Network } from '@rheobase/network';
import { type Command, Option } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import { chooseDataset, type DatasetOptions, openImages } from '../choices/dataset-choice.js';
import { type FolderOptions, withFolderOptions } from '../choices/folder-choice.js';
import { normalizationOf, withNormalizationOptions } from '../choices/normalization-choice.js';
import {
  chooseClassifier,
  type NetworkOptions,
  parametersFile,
  sayAssumptions,
  withImageInput,
  withNetworkOptions,
} from '../choices/network-choice.js';
import { numberFrom, numberUpTo, path, integerFrom } from '../choices/option-values.js';
import { recipeOf, type TrainingOptions, withTrainingOptions } from '../choices/training-options.js';
import { type ReplaceOptions, replacedBy, withReplaceOption } from '../choices/replacements.js';
import { resumable } from '../reproduction/resumable.js';
import { trainAndTell } from '../reproduction/train-and-tell.js';

type Options = NetworkOptions &
  Pick<DatasetOptions, 'dataset' | 'dataDir' | 'normalization'> &
  FolderOptions &
  ReplaceOptions &
  TrainingOptions & {
    readonly levels: number;
    readonly percentile: number;
    readonly thresholds: 'percentile' | 'least-squares';
    readonly thresholdsPer: (typeof granularities)[number];
    readonly thresholdGradient: (typeof thresholdGradients)[number];
    readonly noise: number;
    readonly distil: number;
    readonly temperature: number;
    readonly distilFeatures: number;
    readonly fold: (typeof foldings)[number];
    readonly json?: boolean;
  };

/** `rheobase finetune`: stage I, quantization-clip fine-tuning (METHOD §3). */
export function finetuneCommand(program: Command, output: CommandOutput, registries: Registries): void {
  resumable<Options>(
    program,
    {
      name: 'finetune',
      description: 'stage I: fine-tune a trained network with quantized activations, and write it',
      define: withFinetuneOptions,
      run: async (run) => {
        const { options, registries: known } = run;
        const given = await chooseClassifier(options, known, output);
        if (isSpiking(given.network)) {
          throw new Error(
            `${given.label} is a spiking network; finetune starts from an analog one. Give the one that \`rheobase reproduce\` wrote as ` +
              `${runFileNames.source} next to it, or what \`rheobase train\` wrote.`,
          );
        }
        sayAssumptions(output, given, options);
        const dataset = chooseDataset(options.dataset, given, output);
        const chosen = await withImageInput(given, dataset, () =>
          openImages({ ...options, dataset }, 'train', given.network, known, output),
        );
        const { levels, noise, percentile, fold, thresholdGradient, thresholdsPer: per } = options;
        const { distil: weight, temperature, distilFeatures: features } = options;
        const quantization = {
          levels,
          noise,
          thresholds:
            options.thresholds === 'percentile'
              ? { kind: 'percentile' as const, percentile, per }
              : { kind: 'least-squares' as const, per },
          thresholdGradient,
          fold,
          distillation: { weight, temperature, features },
        };
        const recipe: StageOneRecipe = { ...recipeOf(options), ...quantization };
        const file = await parametersFile(options);
        const start = replacedBy(chosen.network, options);
        assertNoProblems(start); // here, where no folder has been written yet
        await trainAndTell(
          run,
          {
            command: 'finetune',
            network: chosen.network,
            dataset,
            normalization: normalizationOf(options, chosen, output),
            settings: {
              ...quantization,
              ...(options.replace && { replace: options.replace }),
              ...(options.classOutput !== undefined && { classOutput: options.classOutput }),
            },
            trainer: (means, { split }) => stageOne(chosen.network, split, recipe, means, start),
            hashes: file === undefined ? {} : { network: await fileHash(file) },
            figures: { levels },
          },
          output,
        );
      },
    },
    registries,
    output,
  );
}

/** @throws {ConversionError} naming the nodes that no conversion can take. */
function assertNoProblems(network: Network): void {
  const reasons = new Map(conversionProblems(network).map((problem) => [problem.node, describeProblem(problem)]));
  const entries = network.nodes.map(({ name, op }): ReportEntry => {
    const reason = reasons.get(name);
    return {
      node: name,
      op,
      outcome: reason === undefined ? { kind: 'passed' } : { kind: 'refused', reason },
      notes: [],
      warnings: [],
    };
  });
  assertConvertible({ entries });
}

function withFinetuneOptions(command: Command): Command {
  const own = command
    .option(
      '--dataset <name>',
      'data set; `rheobase datasets` lists them (default: that of the run whose folder --network names or is in)',
    )
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .requiredOption('--levels <L>', 'quantization levels, the later number of time steps T', integerFrom(1))
    .option(
      '--percentile <percent>',
      'θ of a plain ReLU starts at this percentile of its activations',
      numberUpTo(0, 100),
      99,
    )
    .addOption(
      new Option(
        '--thresholds <rule>',
        'where θ of a plain ReLU starts: at --percentile, or where quantizing changes its activations least',
      )
        .choices(['percentile', 'least-squares'])
        .default('percentile'),
    )
    .addOption(
      new Option('--thresholds-per <what>', 'what shares a θ: a layer, or each of its channels')
        .choices(granularities)
        .default('channel'),
    )
    .addOption(
      new Option(
        '--threshold-gradient <kind>',
        'the gradient of θ: plain, or scaled by 1/√(elements per θ · L), as learned step sizes have it',
      )
        .choices(thresholdGradients)
        .default('scaled'),
    )
    .option('--noise <fraction>', 'fraction of activations that pass unquantized in training', numberFrom(0, 1), 0.1)
    .option('--distil <weight>', 'weight of the distillation loss from the source network, 0…1', numberFrom(0, 1), 1)
    .option('--temperature <tau>', 'of distillation', numberUpTo(0, 100), 2)
    .option(
      '--distil-features <weight>',
      'weight of the distance from the source network’s values at the last site of every resolution',
      numberFrom(0, 100),
      1,
    )
    .addOption(
      new Option('--fold <when>', 'batch norms are folded before or after training').choices(foldings).default('after'),
    )
    .option('--json', 'print one line of JSON');
  return withTrainingOptions(
    withReplaceOption(withFolderOptions(withNormalizationOptions(withNetworkOptions(own), 'the model’s own'))),
    {
      epochs: 16,
      rate: 0.005,
      warmUp: 0.05,
      weightDecay: 1e-4,
      augment: 'strong',
      standardFrom: 0.75,
      average: 0.998,
    },
  );
}
