import { type CalibrationMethod, initialPotentials, lightCalibration, temporalBiases } from '@rheobase/calibrator';
import { type Conversion, type ConversionReport, convert, type ReportEntry } from '@rheobase/converter';
import { batchesOf, convertDetector, type Images, sitesWithoutThreshold } from '@rheobase/experiments';
import type { Registries } from '@rheobase/experiments/node';
import type { ImageBatch, Network } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { type Command, Option } from 'commander';
import { type CommandOutput, sayFirstWarnings } from '../output/command-output.js';
import { taskBar } from '../output/progress.js';
import type { RecipeOptions } from './conversion-recipe.js';
import { neuronOf } from './neuron-choice.js';
import { integerFrom } from './option-values.js';

/** How a plain network is calibrated after its conversion, as options say. */
export interface CalibrateOptions {
  readonly calibrate: 'none' | 'light' | 'potentials' | 'ftbc';
  readonly thresholds: 'percentile' | 'least-squares';
  readonly heldOut: number;
}

/** Adds the options that calibrate a network without stage I. */
export function withCalibrateOption(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--calibrate <how>',
        'calibrate after conversion, layer by layer, on the calibration images: light (biases and potentials), potentials, or ftbc (biases by time step); needs --steps',
      )
        .choices(['none', 'light', 'potentials', 'ftbc'])
        .default('none'),
    )
    .addOption(
      new Option(
        '--thresholds <rule>',
        'with --calibrate, θ of each channel: where quantizing to T levels changes its activations least, or at --percentile',
      )
        .choices(['least-squares', 'percentile'])
        .default('least-squares'),
    )
    .option('--held-out <images>', 'further images that decide what calibration keeps', integerFrom(1), 256);
}

const passOf: Readonly<Record<Exclude<CalibrateOptions['calibrate'], 'none'>, () => CalibrationMethod>> = {
  light: () => lightCalibration(),
  potentials: () => initialPotentials(),
  ftbc: () => temporalBiases(),
};

/** Images that are calibrated on at a time. */
const batchSize = 50;

/**
 * Converts a plain network with a threshold for each channel, and calibrates it layer by layer.
 *
 * @param given the calibration images followed by the held-out ones
 * @throws {ConversionError} naming every node that cannot be converted; if there are too few images.
 */
export async function convertCalibrated(
  network: Network,
  options: RecipeOptions & Omit<CalibrateOptions, 'calibrate'> & { readonly calibrate: keyof typeof passOf },
  steps: number,
  given: Images,
  registries: Registries,
  output: CommandOutput,
): Promise<Conversion> {
  const { calibrate, thresholds, percentile, calibrationImages } = options;
  if (given.count <= calibrationImages) {
    throw new Error(
      `${given.source.name} (${given.source.split}) has ${given.count} images, which leaves none to hold out of the ${calibrationImages} to calibrate on. ` +
        'Give fewer --calibration-images.',
    );
  }
  const neuron = neuronOf(options, registries);
  const all = await imagesInMemory(given);
  const size = all.images.length / given.count;
  const part = (from: number, to: number): ImageBatch => ({
    images: all.images.subarray(from * size, to * size),
    shape: [to - from, ...all.shape.slice(1)],
  });
  await registerTrainingKernels();
  const bar = taskBar(output);
  const warnings: string[] = [];
  try {
    const { quantized, converted } = await convertDetector(
      network,
      { calibration: part(0, calibrationImages), heldOut: part(calibrationImages, given.count) },
      {
        steps,
        ...(neuron && { neuron }),
        thresholds:
          thresholds === 'percentile' ? { kind: thresholds, percentile } : { kind: thresholds, levels: steps },
        passes: [passOf[calibrate]()],
        seed: 0,
        batchSize,
        registries,
        onWarning: (text) => warnings.push(text),
        onThresholds: (done) => bar.to('thresholds', { done, total: calibrationImages, unit: 'images', note: '' }),
        onProgress: (_, { site, index, sites }) =>
          bar.to('calibration', { done: index, total: sites, unit: 'sites', note: site }),
      },
    );
    const conversion = {
      steps,
      neurons: registries.neurons,
      conversions: registries.siteConversions,
      ...(neuron && { neuron }),
    };
    const thresholdsToCome = new Map(sitesWithoutThreshold(network).map((site) => [site, 1]));
    const report = withThresholdsOf(
      convert(network, { ...conversion, thresholds: thresholdsToCome }).report,
      convert(quantized, conversion).report,
    );
    return { network: (converted.at(-1) ?? converted[0]).network, report };
  } finally {
    bar.end();
    sayFirstWarnings(output, warnings);
  }
}

/** The report on a network as it was given, with thresholds of its quantized form and what was found in quantizing. */
function withThresholdsOf(given: ConversionReport, quantized: ConversionReport): ConversionReport {
  const found = new Map(quantized.entries.map((entry) => [entry.node, entry]));
  const entries = given.entries.map((entry): ReportEntry => {
    const own = found.get(entry.node);
    if (entry.outcome.kind !== 'converted' || own?.outcome.kind !== 'converted') return entry;
    return { ...own, outcome: { ...own.outcome, from: entry.outcome.from } };
  });
  return { entries };
}

/** All images in one batch. */
export async function imagesInMemory(given: Images): Promise<ImageBatch> {
  const parts: Float32Array[] = [];
  let each: readonly number[] = [];
  for await (const { images, shape } of batchesOf(given)) {
    parts.push(Float32Array.from(images));
    each = shape.slice(1);
  }
  const images = new Float32Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    images.set(part, at);
    at += part.length;
  }
  return { images, shape: [given.count, ...each] };
}
