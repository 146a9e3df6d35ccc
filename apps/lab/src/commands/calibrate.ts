import { join } from 'node:path';
import {
  type CalibrationMethod,
  defaultCalibrationLosses,
  defaultCalibrationMethods,
  initialPotentials,
  layerwiseBptt,
  lightCalibration,
} from '@rheobase/calibrator';
import { normalizationIn } from '@rheobase/datasets';
import { type EngineName, sitesWithoutThreshold } from '@rheobase/experiments';
import {
  type CalibrationOutcome,
  fileHash,
  type FinishedStage,
  type MeasuredStage,
  runCalibrationSession,
  stageOneOfRun,
  writeRecord,
} from '@rheobase/experiments/node';
import { stageInWords } from '@rheobase/experiments/report';
import { isSpiking, type Network, ownValue, unknownName } from '@rheobase/network';
import { readNetworkFile } from '@rheobase/network/node';
import { type Command, Option } from 'commander';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { type CountingOptions, countingOf, withCountingOptions } from '../choices/counting.js';
import { chooseDataset, type DatasetOptions } from '../choices/dataset-choice.js';
import { chooseNormalization, withNormalizationOptions } from '../choices/normalization-choice.js';
import { countingEngine } from '../choices/engine-choice.js';
import { interruptible } from '../output/interruptible.js';
import { datasetOf, networkFile } from '../choices/network-choice.js';
import { assertClassifies } from '../choices/network-task.js';
import { numberUpTo, path, wholeNumber } from '../choices/option-values.js';
import { assertOutputFolder } from '../output/output-file.js';
import { taskBar } from '../output/progress.js';
import { shellWord } from '../output/shell-word.js';
import { percent, table } from '../output/table.js';

interface Options extends Pick<DatasetOptions, 'dataset' | 'dataDir' | 'normalization'>, CountingOptions {
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

/** Methods by the short names of the passes of stage II, besides their own. */
const shortNames: Readonly<Record<string, string>> = { potentials: 'initial-potentials', bptt: 'layerwise-bptt' };

/** `rheobase calibrate`: stage II alone, on a network that stage I left (METHOD §6). */
export function calibrateCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('calibrate')
    .description('stage II: convert a network that finetune wrote, calibrate it, and write the spiking network')
    .requiredOption(
      '--network <path>',
      'the quantized network, the folder that finetune wrote, or that of a run, whose stage I is taken',
      path,
    )
    .option('--steps <T>', 'time steps; the network’s quantization levels unless given', wholeNumber(1, 1000))
    .option(
      '--dataset <name>',
      'data set; `rheobase datasets` lists them. That of the run whose folder --network is, or stands in, unless given',
    )
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .option('--method <names...>', 'potentials, bptt or light, done one after the other', [
      'potentials',
      'bptt',
      'potentials',
    ])
    .option('--loss <name>', `of bptt: ${defaultCalibrationLosses.names.join(', ')}`, 'kl')
    .option('--rate <number>', 'of bptt: learning rate', numberUpTo(0, 10), 1e-4)
    .addOption(
      new Option('--schedule <name>', 'of bptt: how the rate goes').choices(['constant', 'cosine']).default('constant'),
    )
    .option('--epochs <n>', 'of bptt: passes over the images for a layer, at most', wholeNumber(1), 10_000)
    .option('--patience <n>', 'of bptt: epochs without a lower loss after which a layer is done', wholeNumber(1), 100)
    .option('--batch <images>', 'of bptt: images of a step', wholeNumber(1), 128)
    .option('--calibrate-read-out', 'of bptt: calibrate the last layer too, which the paper leaves')
    .option('--rounds <n>', 'of light: corrections of a layer', wholeNumber(1), 4)
    .option('--calibration-images <images>', 'training images to calibrate on', wholeNumber(1), 1024)
    .option('--stopping-images <images>', 'further ones to stop by', wholeNumber(1), 256)
    .option('--held-out <images>', 'training images to select on instead, as in finetune', wholeNumber(1), 1000)
    .option('--test-images <images>', 'report on the first so many of the test set; all unless given', wholeNumber(1))
    .option('--seed <n>', 'settles order and what is held out', wholeNumber(0), 0)
    .option('--deterministic', 'the plain SIMD kernels, which give the same bytes on every engine')
    .requiredOption('--out <folder>', 'where networks and result are written; an existing run there is resumed', path)
    .addOption(countingEngine())
    .option('--json', 'print one line of JSON');
  withCountingOptions(withNormalizationOptions(command, 'the network’s own')).action(async (options: Options) => {
    countingOf(options);
    await assertOutputFolder(options.out);
    const passes = options.method.map((name) => methodOf(name, options));
    const file = stageOneOfRun(options.network) ?? (await networkFile(options.network));
    const quantized = await readNetworkFile(file);
    assertClassifies(quantized, options.network);
    if (isSpiking(quantized)) {
      throw new Error(
        `${file} is a spiking network; calibrate begins with the quantized one: the folder that finetune wrote, or that of a run, ` +
          'in which stage I left quantClip.safetensors.',
      );
    }
    assertHasThresholds(quantized, file);
    const levels = new Set(
      quantized.nodes.flatMap((node) => (node.op === 'activation' ? [node.activation.attributes['levels']] : [])),
    );
    const [own] = levels;
    const steps = options.steps ?? (levels.size === 1 ? own : undefined);
    if (steps === undefined)
      throw new Error(
        `${file}: its activations are not quantized to one number of levels, which T would be: give --steps T.`,
      );
    const normalization = chooseNormalization(
      options.normalization,
      normalizationIn(quantized.metadata),
      options.network,
      output,
    );
    const made = { label: options.network, dataset: await datasetOf(quantized, options.network) };
    const dataset = chooseDataset(options.dataset, made, output);
    const { dataDir, seed, heldOut, calibrationImages: calibration, stoppingImages: earlyStopping } = options;
    const bar = taskBar(output);
    const start = performance.now();
    const outcome = await interruptible(output, (signal) =>
      runCalibrationSession({
        quantized,
        passes,
        steps,
        dataset,
        dataDir,
        normalization,
        parts: { heldOut, calibration, earlyStopping, seed },
        testImages: options.testImages,
        energy: { model: options.energyModel, firstLayer: options.firstLayer, readOut: options.readOut },
        deterministic: options.deterministic ?? false,
        engine: options.engine,
        out: options.out,
        signal,
        onNotice: (notice) => say(output, `note: ${notice}`),
        onProgress: ({ task, ...at }) => bar.to(stageInWords(task), at),
        onStage: (stage) => {
          bar.end();
          say(output, stageLine(stage));
        },
      }),
    ).finally(bar.end);
    const result = figuresOf(outcome, steps, (performance.now() - start) / 1000);
    writeResult(output, options, result, () => describe(outcome, options.out));
    const hashes = { network: await fileHash(file), ...outcome.hashes };
    await writeRecord(join(options.out, 'result.json'), 'calibrate', { ...options, dataset, steps }, hashes, result);
  });
}

/** @throws naming the first activation that has no threshold. */
function assertHasThresholds(network: Network, file: string): void {
  const [first] = sitesWithoutThreshold(network);
  if (first === undefined) return;
  throw new Error(
    `${file}: the activation at ${first} has no threshold, so this is no network of stage I. Quantize it first, with ` +
      `\`rheobase finetune --network ${shellWord(file)} --levels L --out FOLDER\`, and calibrate that FOLDER; or convert it as it is, ` +
      'with `rheobase convert` or `rheobase simulate`.',
  );
}

/**
 * A calibration method with the settings of the options.
 *
 * @throws if there is none of that name.
 */
function methodOf(given: string, options: Options): CalibrationMethod {
  const name = ownValue(shortNames, given) ?? given;
  if (!defaultCalibrationMethods.has(name)) {
    throw new Error(
      unknownName('calibration method', given, [...Object.keys(shortNames), ...defaultCalibrationMethods.names]),
    );
  }
  if (name === 'light') return lightCalibration({ rounds: options.rounds });
  if (name === 'initial-potentials') return initialPotentials();
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

function stageLine({ name, validation, seconds }: FinishedStage): string {
  return `${stageInWords(name)}: ${percent(validation.accuracy)} of ${validation.images} held out, ${seconds.toFixed(0)} s`;
}

function figuresOf({ stages, best, kernels }: CalibrationOutcome, steps: number, seconds: number): object {
  return {
    steps,
    ...figuresOfStage(best),
    images: best.test.images,
    network: best.stage.name,
    stages: Object.fromEntries(stages.map((measured) => [measured.stage.name, figuresOfStage(measured)])),
    sites: best.stage.details['sites'],
    seconds,
    kernels,
  };
}

function figuresOfStage({ stage, test }: MeasuredStage): object {
  const { kind: _, images: __, seconds: ___, ...figures } = test;
  return { ...figures, validationAccuracy: stage.validation.accuracy, seconds: stage.seconds };
}

function describe({ stages, best }: CalibrationOutcome, out: string): string {
  const rows = stages.map(({ stage, test }) => [
    stageInWords(stage.name),
    percent(stage.validation.accuracy),
    percent(test.accuracy),
    `${stage.seconds.toFixed(0)} s`,
  ]);
  return [
    '',
    table([['', 'held out', 'test', 'time'], ...rows]),
    '',
    `${best.test.images} test images, read once. ${join(out, 'network.safetensors')} is '${stageInWords(best.stage.name)}', chosen on held-out images.`,
  ].join('\n');
}
