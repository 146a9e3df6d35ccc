import {
  type CalibrationMethod,
  defaultCalibrationLosses,
  defaultCalibrationMethods,
  layerwiseBptt,
  lightCalibration,
  temporalBiases,
} from '@rheobase/calibrator';
import { normalizationIn } from '@rheobase/datasets';
import { type EngineName, sitesWithoutThreshold, type VectorOrder } from '@rheobase/experiments';
import {
  type CalibrationFigures,
  calibrationPlan,
  fileHash,
  openSplit,
  type Registries,
  runFiles,
  runFileNames,
  stageOneOfRun,
  vectorOrderOf,
} from '@rheobase/experiments/node';
import { stageInWords } from '@rheobase/experiments/report';
import { activationSites, isSpiking, type Network, ownValue, unknownName, textTable } from '@rheobase/network';
import { type Command, Option } from 'commander';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { type CountingOptions, countingOf, withCountingOptions } from '../choices/counting.js';
import { chooseDataset, type DatasetOptions } from '../choices/dataset-choice.js';
import { datasetsFor, type FolderOptions, withFolderOptions } from '../choices/folder-choice.js';
import { chooseNormalization, withNormalizationOptions } from '../choices/normalization-choice.js';
import { countingEngine } from '../choices/engine-choice.js';
import {
  type ClassOutputOption,
  datasetOf,
  networkAt,
  networkFile,
  withClassOutputOption,
  withImageInput,
} from '../choices/network-choice.js';
import { assertNotNir } from '../choices/nir-choice.js';
import { assertClassifies } from '../choices/network-task.js';
import { numberUpTo, path, integerFrom } from '../choices/option-values.js';
import { shellWord } from '../output/shell-word.js';
import { percent } from '../output/figures.js';
import { drawReport } from '../reproduction/report-file.js';
import { resumable } from '../reproduction/resumable.js';
import { runTold } from '../reproduction/told-run.js';

interface Options
  extends Pick<DatasetOptions, 'dataset' | 'dataDir' | 'normalization'>,
    FolderOptions,
    ClassOutputOption,
    CountingOptions {
  readonly network: string;
  readonly steps?: number;
  readonly method: readonly string[];
  readonly loss: string;
  readonly rate: number;
  readonly schedule: 'constant' | 'cosine';
  readonly epochs: number;
  readonly patience: number;
  readonly batch: number;
  readonly calibrateReadOut?: boolean;
  readonly rounds: number;
  readonly ftbcRate: number;
  readonly ftbcIterations: number;
  readonly calibrationImages: number;
  readonly stoppingImages: number;
  readonly heldOut: number;
  readonly testImages?: number;
  readonly seed: number;
  readonly deterministic?: boolean;
  readonly engine: EngineName;
  readonly out: string;
  readonly json?: boolean;
}

/** Methods by the short names of stage II's passes, in addition to their own. */
const shortNames: Readonly<Record<string, string>> = { potentials: 'initial-potentials', bptt: 'layerwise-bptt' };

/** `rheobase calibrate`: only stage II, on a network from stage I (METHOD §6). */
export function calibrateCommand(program: Command, output: CommandOutput, registries: Registries): void {
  resumable<Options>(
    program,
    {
      name: 'calibrate',
      description: 'stage II: convert a network that finetune wrote, calibrate it, and write the spiking network',
      define: withCalibrateOptions,
      run: async ({ options, command, registries: known }) => {
        countingOf(options);
        const { dataDir, seed, heldOut, calibrationImages: calibration, stoppingImages: earlyStopping } = options;
        const { deterministic, engine, out } = options;
        const passes = options.method.map((name) => methodOf(name, options));
        const { file, network: given, vectorOrder, steps } = await quantizedGiven(options);
        const normalization = chooseNormalization(
          options.normalization,
          normalizationIn(given.metadata),
          options.network,
          output,
        );
        const made = { label: options.network, dataset: await datasetOf(given, options.network) };
        const dataset = chooseDataset(options.dataset, made, output);
        const datasets = datasetsFor(dataset, given, options, known.datasets);
        const onNotice = (notice: string): void => say(output, `note: ${notice}`);
        const { network: quantized } = await withImageInput(
          { network: given, vectorOrder, dataset: made.dataset },
          dataset,
          () => openSplit(dataset, { split: 'train', dataDir, datasets }),
        );
        const { result } = await runTold(
          output,
          async () =>
            calibrationPlan({
              options: { ...options },
              quantized,
              passes,
              steps,
              dataset,
              normalization,
              split: { heldOut, calibration, earlyStopping, seed },
              testImages: options.testImages,
              energy: { model: options.energyModel, firstLayer: options.firstLayer, readOut: options.readOut },
              hashes: { network: await fileHash(file) },
              openTraining: () => openSplit(dataset, { split: 'train', dataDir, datasets, onNotice }),
              openTest: () => openSplit(dataset, { dataDir, datasets }),
            }),
          { out, command, deterministic, engine, registries: known },
        );
        writeResult(output, options, result, () => describe(result, out));
        await drawReport(out, output);
      },
    },
    registries,
    output,
  );
}

function withCalibrateOptions(command: Command): Command {
  const own = command
    .requiredOption(
      '--network <path>',
      'the quantized network, the folder that finetune wrote, or the folder of a run with stage I',
      path,
    )
    .option('--steps <T>', 'time steps (default: the network’s quantization levels)', integerFrom(1, 1000))
    .option(
      '--dataset <name>',
      'data set; `rheobase datasets` lists them (default: that of the run whose folder --network names or is in)',
    )
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .option(
      '--method <names...>',
      'potentials, ftbc, bptt or light, run in this order; ftbc may come before and after bptt',
      ['potentials', 'bptt', 'potentials'],
    )
    .option('--loss <name>', `of bptt: ${defaultCalibrationLosses.names.join(', ')}`, 'kl')
    .option('--rate <number>', 'of bptt: learning rate', numberUpTo(0, 10), 1e-4)
    .addOption(
      new Option('--schedule <name>', 'of bptt: learning-rate schedule')
        .choices(['constant', 'cosine'])
        .default('constant'),
    )
    .option('--epochs <n>', 'of bptt: maximum passes over the images per layer', integerFrom(1), 10_000)
    .option('--patience <n>', 'of bptt: epochs without a lower loss after which a layer is done', integerFrom(1), 100)
    .option('--batch <images>', 'of bptt: images per step', integerFrom(1), 128)
    .option('--calibrate-read-out', 'of bptt: calibrate the last layer too, unlike the paper')
    .option('--rounds <n>', 'of light: corrections per layer', integerFrom(1), 4)
    .option(
      '--ftbc-rate <number>',
      'of ftbc: fraction of a mean error that an iteration corrects',
      numberUpTo(0, 1),
      0.4,
    )
    .option('--ftbc-iterations <n>', 'of ftbc: iterations at each layer', integerFrom(1), 8)
    .option('--calibration-images <images>', 'training images to calibrate on', integerFrom(1), 1024)
    .option('--stopping-images <images>', 'further training images for early stopping', integerFrom(1), 256)
    .option('--held-out <images>', 'training images used for selection instead, as in finetune', integerFrom(1), 1000)
    .option('--test-images <images>', 'report on the first test images only (default: all)', integerFrom(1))
    .option('--seed <n>', 'determines order and held-out images', integerFrom(0), 0)
    .option('--deterministic', 'the plain SIMD kernels, which give the same bytes on every engine')
    .requiredOption('--out <folder>', 'where networks and result are written; an existing run there is resumed', path)
    .addOption(countingEngine())
    .option('--json', 'print one line of JSON');
  return withClassOutputOption(
    withCountingOptions(withFolderOptions(withNormalizationOptions(own, 'the network’s own'))),
  );
}

/** The network to calibrate, with its file, and T. @throws naming the file, if it is not from stage I, or T is not known. */
async function quantizedGiven(options: Options): Promise<{
  readonly file: string;
  readonly network: Network;
  readonly vectorOrder: VectorOrder;
  readonly steps: number;
}> {
  const file = stageOneOfRun(options.network) ?? (await networkFile(options.network));
  assertNotNir(
    file,
    'its neurons spike already, and calibrate starts from the quantized network that finetune wrote. A spiking network runs as it is with `rheobase simulate`.',
  );
  const { network, format } = await networkAt(file, options);
  assertClassifies(network, options.network);
  if (isSpiking(network)) {
    throw new Error(
      `${file} is a spiking network; calibrate starts from the quantized one: the folder that finetune wrote, or that of a run ` +
        `in which stage I wrote ${runFileNames.quantized}.`,
    );
  }
  assertHasThresholds(network, file);
  const levels = new Set(activationSites(network).map(({ activation }) => activation.attributes['levels']));
  const [own] = levels;
  const steps = options.steps ?? (levels.size === 1 ? own : undefined);
  if (steps === undefined)
    throw new Error(
      `${file}: its activations are not all quantized to the same number of levels, so T has no default: give --steps T.`,
    );
  return { file, network, vectorOrder: vectorOrderOf({ format }), steps };
}

/** @throws naming the first activation that has no threshold. */
function assertHasThresholds(network: Network, file: string): void {
  const [first] = sitesWithoutThreshold(network);
  if (first === undefined) return;
  throw new Error(
    `${file}: the activation at ${first} has no threshold, so this is not a network from stage I. Quantize it first, with ` +
      `\`rheobase finetune --network ${shellWord(file)} --levels L --out FOLDER\`, and calibrate that FOLDER; or convert it as it is, ` +
      'with `rheobase convert` or `rheobase simulate`.',
  );
}

/**
 * A calibration method with the settings given by the options.
 *
 * @throws if there is no method of that name.
 */
function methodOf(given: string, options: Options): CalibrationMethod {
  const name = ownValue(shortNames, given) ?? given;
  if (!defaultCalibrationMethods.has(name)) {
    throw new Error(
      unknownName('calibration method', given, [...Object.keys(shortNames), ...defaultCalibrationMethods.names]),
    );
  }
  if (name === 'light') return lightCalibration({ rounds: options.rounds });
  if (name === 'ftbc') return temporalBiases({ rate: options.ftbcRate, iterations: options.ftbcIterations });
  if (name !== 'layerwise-bptt') return defaultCalibrationMethods.get(name);
  return layerwiseBptt({
    loss: defaultCalibrationLosses.get(options.loss),
    learningRate: options.rate,
    schedule: options.schedule,
    epochs: options.epochs,
    patience: options.patience,
    batchSize: options.batch,
    readOut: options.calibrateReadOut === true ? 'calibrated' : 'fixed',
  });
}

function describe({ stages, network, images }: CalibrationFigures, out: string): string {
  const rows = Object.entries(stages).map(([name, { validationAccuracy, accuracy, seconds }]) => [
    stageInWords(name),
    percent(validationAccuracy),
    percent(accuracy),
    `${seconds.toFixed(0)} s`,
  ]);
  return [
    '',
    textTable([['', 'held out', 'test', 'time'], ...rows]),
    '',
    `${images} test images, read once. ${runFiles(out).network} is '${stageInWords(network)}', chosen on held-out images.`,
  ].join('\n');
}
