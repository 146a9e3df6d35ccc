import {
  type CalibrationMethod,
  initialPotentials,
  layerwiseBptt,
  lightCalibration,
  meanSquaredError,
} from '@rheobase/calibrator';
import { defaultNeuronFittings } from '@rheobase/converter';
import { convertDetector, type DetectorConversion } from '@rheobase/experiments';
import type { ThresholdRule } from '@rheobase/execution';
import { conversionImages } from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { type Command, Option } from 'commander';
import type { CommandOutput } from './command-output.js';
import { type ChosenDetector, isSpiking } from './detector-choice.js';
import { numberUpTo, path, wholeNumber } from './option-values.js';
import { taskBar } from './progress.js';

/** How a detector becomes a spiking one, as options say. */
export interface DetectorRecipeOptions {
  readonly calibrationFolder?: string;
  readonly calibrationImages: number;
  readonly heldOut: number;
  readonly thresholds: ThresholdRule['kind'];
  readonly percentile: number;
  readonly levels?: number;
  readonly neuron?: string;
  readonly calibrate: 'none' | 'light' | 'potentials' | 'bptt';
  readonly epochs: number;
  readonly seed: number;
}

/** Adds the options of conversion. */
export function withDetectorRecipe(command: Command): Command {
  return command
    .option('--calibration-folder <folder>', 'images to convert by, in folders or not; labels are not needed', path)
    .option(
      '--calibration-images <n>',
      'how many of them thresholds are taken from and layers are calibrated on',
      wholeNumber(1),
      32,
    )
    .option('--held-out <n>', 'how many others layers stop by', wholeNumber(1), 8)
    .addOption(
      new Option(
        '--thresholds <rule>',
        'θ of a channel: a percentile of its activations, or where quantizing them to L levels changes them least',
      )
        .choices(['percentile', 'least-squares'] satisfies readonly ThresholdRule['kind'][])
        .default('percentile'),
    )
    .option('--percentile <percent>', 'which percentile, with --thresholds percentile', numberUpTo(0, 100), 99.9)
    .option('--levels <L>', 'quantization levels that neurons are calibrated by; T unless given', wholeNumber(1))
    .addOption(
      new Option(
        '--neuron <model>',
        'the neuron model at the sites; the usual one of each activation unless given',
      ).choices(defaultNeuronFittings.names),
    )
    .addOption(
      new Option('--calibrate <how>', 'what is done layer by layer after conversion')
        .choices(['none', 'light', 'potentials', 'bptt'])
        .default('light'),
    )
    .option('--epochs <n>', 'at most, of a layer, with --calibrate bptt', wholeNumber(1), 20)
    .option('--seed <n>', 'settles which images are taken, and their order', wholeNumber(0), 0);
}

/** The options of conversion, as they are given. */
export const recipeFlags: Readonly<Record<keyof DetectorRecipeOptions, string>> = {
  calibrationFolder: '--calibration-folder',
  calibrationImages: '--calibration-images',
  heldOut: '--held-out',
  thresholds: '--thresholds',
  percentile: '--percentile',
  levels: '--levels',
  neuron: '--neuron',
  calibrate: '--calibrate',
  epochs: '--epochs',
  seed: '--seed',
};

/** Which options were given, rather than left as they are. */
export const given =
  (used: Command) =>
  (option: string): boolean =>
    used.getOptionValueSource(option) === 'cli';

/**
 * @throws naming an option of conversion, where nothing is converted: the network is spiking already, or no T was given.
 */
export function assertDetectorRecipeApplies(
  network: Network,
  { steps }: { readonly steps?: number },
  isGiven: (option: string) => boolean,
): void {
  const spiking = isSpiking(network);
  if (!spiking && steps !== undefined) return;
  for (const [name, option] of Object.entries(recipeFlags)) {
    if (!isGiven(name)) continue;
    const why = spiking ? 'this network is a spiking one already' : 'without --steps T nothing is converted';
    throw new Error(`${option} is for conversion, but ${why}.`);
  }
}

function passesOf({ calibrate, epochs }: DetectorRecipeOptions): readonly CalibrationMethod[] {
  const bptt = layerwiseBptt({
    loss: meanSquaredError,
    learningRate: 1e-3,
    schedule: 'cosine',
    epochs,
    patience: 5,
    batchSize: 4,
  });
  switch (calibrate) {
    case 'none':
      return [];
    case 'light':
      return [lightCalibration()];
    case 'potentials':
      return [initialPotentials()];
    case 'bptt':
      return [lightCalibration(), bptt, initialPotentials()];
  }
}

function ruleOf({ thresholds, percentile, levels }: DetectorRecipeOptions, steps: number): ThresholdRule {
  return thresholds === 'percentile'
    ? { kind: 'percentile', percentile }
    : { kind: thresholds, levels: levels ?? steps };
}

/**
 * Converts a detector by the images of a folder.
 *
 * @throws if no folder was given, or it holds too few images.
 */
export async function convertByFolder(
  { network, detector, normalization, fit }: ChosenDetector,
  options: DetectorRecipeOptions,
  steps: number,
  output: CommandOutput,
): Promise<DetectorConversion> {
  const { calibrationFolder, calibrationImages: calibration, heldOut, levels, neuron, seed } = options;
  if (calibrationFolder === undefined) {
    throw new Error(
      'Thresholds of a detector come from images: give --calibration-folder FOLDER; labels are not needed.',
    );
  }
  const images = await conversionImages(
    calibrationFolder,
    { calibration, heldOut, seed },
    { size: detector.size, fit, normalization },
  );
  await registerTrainingKernels();
  const bar = taskBar(output);
  try {
    return await convertDetector(network, images, {
      steps,
      ...(levels !== undefined && { levels }),
      ...(neuron !== undefined && { neuron }),
      thresholds: ruleOf(options, steps),
      passes: passesOf(options),
      seed,
      onThresholds: (done) => bar.to('thresholds', { done, total: calibration, unit: 'images', note: '' }),
      onProgress: (pass, { site, index, sites }) =>
        bar.to(`pass ${pass + 1}`, { done: index, total: sites, unit: 'sites', note: site }),
    });
  } finally {
    bar.end();
  }
}
