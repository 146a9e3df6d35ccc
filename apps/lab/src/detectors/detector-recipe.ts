import {
  type CalibrationMethod,
  initialPotentials,
  layerwiseBptt,
  lightCalibration,
  meanSquaredError,
} from '@rheobase/calibrator';
import { convertDetector, type DetectorConversion } from '@rheobase/experiments';
import type { ThresholdRule } from '@rheobase/execution';
import { conversionImages, type Registries } from '@rheobase/experiments/node';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { type Command, Option } from 'commander';
import { type CommandOutput, say, sayFirstWarnings } from '../output/command-output.js';
import { type ChosenDetector } from './detector-choice.js';
import { type NeuronOptions, neuronOf, withNeuronOptions } from '../choices/neuron-choice.js';
import { numberUpTo, path, integerFrom } from '../choices/option-values.js';
import { taskBar } from '../output/progress.js';
import type { SilentOptions } from '../choices/silent-options.js';

/** The options of a detector's conversion. */
export interface DetectorRecipeOptions extends NeuronOptions {
  readonly calibrationFolder?: string;
  readonly calibrationImages: number;
  readonly heldOut: number;
  readonly thresholds: 'percentile' | 'least-squares';
  readonly percentile: number;
  readonly levels?: number;
  readonly calibrate: 'none' | 'light' | 'potentials' | 'bptt';
  readonly epochs: number;
  readonly seed: number;
}

/** Adds the options of conversion. */
export function withDetectorRecipe(command: Command, registries: Registries): Command {
  return withNeuronOptions(command, registries)
    .option('--calibration-folder <folder>', 'images for conversion, in folders or not; labels are not needed', path)
    .option('--calibration-images <n>', 'how many of them are used for thresholds and calibration', integerFrom(1), 32)
    .option('--held-out <n>', 'how many others decide what calibration keeps and when layers stop', integerFrom(1), 8)
    .addOption(
      new Option(
        '--thresholds <rule>',
        'θ of a channel: a percentile of its activations, or the value at which quantizing to L levels changes them least',
      )
        .choices(['percentile', 'least-squares'] satisfies readonly ThresholdRule['kind'][])
        .default('percentile'),
    )
    .option('--percentile <percent>', 'which percentile, with --thresholds percentile', numberUpTo(0, 100), 99.9)
    .option(
      '--levels <L>',
      'quantization levels for thresholds (least-squares) and calibration (default: T)',
      integerFrom(1),
    )
    .addOption(
      new Option('--calibrate <how>', 'calibration layer by layer after conversion')
        .choices(['none', 'light', 'potentials', 'bptt'])
        .default('light'),
    )
    .option('--epochs <n>', 'maximum per layer, with --calibrate bptt', integerFrom(1), 20)
    .option('--seed <n>', 'determines which images are used, and their order', integerFrom(0), 0);
}

/** Names of the options of conversion. */
export const recipeOptions: readonly (keyof DetectorRecipeOptions)[] = [
  'calibrationFolder',
  'calibrationImages',
  'heldOut',
  'thresholds',
  'percentile',
  'levels',
  'neuron',
  'neuronOption',
  'calibrate',
  'epochs',
  'seed',
];

/** The options without effect in a conversion, given the others, when quantized networks are written too. */
export function silentInConversion({
  thresholds,
  neuron,
  calibrate,
}: Pick<DetectorRecipeOptions, 'thresholds' | 'neuron' | 'calibrate'>): SilentOptions {
  return {
    ...(thresholds !== 'percentile' && { percentile: `--thresholds ${thresholds} uses no percentile` }),
    ...(neuron === undefined && { neuronOption: 'it needs --neuron' }),
    ...(calibrate !== 'bptt' && { epochs: `--calibrate ${calibrate} has no epochs, unlike bptt` }),
    ...(calibrate === 'none' && { heldOut: '--calibrate none corrects nothing, so no other images are needed' }),
  };
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
 * Converts a detector using the images of a folder.
 *
 * @throws if no folder was given, or it holds too few images.
 */
export async function convertByFolder(
  { network, detector, normalization, fit }: ChosenDetector,
  options: DetectorRecipeOptions,
  steps: number,
  registries: Registries,
  output: CommandOutput,
): Promise<DetectorConversion> {
  const { calibrationFolder, calibrationImages: calibration, levels, seed } = options;
  const neuron = neuronOf(options, registries);
  const passes = passesOf(options);
  if (calibrationFolder === undefined) {
    throw new Error(
      'Thresholds of a detector come from images: give --calibration-folder FOLDER; labels are not needed.',
    );
  }
  const images = await conversionImages(
    calibrationFolder,
    { calibration, heldOut: passes.length === 0 ? 0 : options.heldOut, seed },
    { size: detector.size, fit, normalization },
    (notice) => say(output, `note: ${notice}`),
  );
  await registerTrainingKernels();
  const bar = taskBar(output);
  const warnings: string[] = [];
  try {
    return await convertDetector(network, images, {
      steps,
      ...(levels !== undefined && { levels }),
      ...(neuron && { neuron }),
      thresholds: ruleOf(options, steps),
      passes,
      seed,
      registries,
      onWarning: (text) => warnings.push(text),
      onThresholds: (done) => bar.to('thresholds', { done, total: calibration, unit: 'images', note: '' }),
      onProgress: (pass, { site, index, sites }) =>
        bar.to(`pass ${pass + 1}`, { done: index, total: sites, unit: 'sites', note: site }),
    });
  } finally {
    bar.end();
    sayFirstWarnings(output, warnings);
  }
}
