import { basename } from 'node:path';
import { type ImageFit, type Normalization, normalizationIn } from '@rheobase/datasets';
import { type Detector, detectorOf, importedHeads, withImportedHead } from '@rheobase/detection';
import type { Registries } from '@rheobase/experiments/node';
import type { DetectorFamily } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { readText } from '@rheobase/network/node';
import type { Command } from 'commander';
import { type CommandOutput, say } from '../output/command-output.js';
import { type FolderOptions, withSizeOption } from '../choices/folder-choice.js';
import { datasetOf, networkAt, networkFile } from '../choices/network-choice.js';
import { assertNotNir } from '../choices/nir-choice.js';
import { assertDetects, assertModelDetects } from '../choices/network-task.js';
import { chooseNormalization, withNormalizationOptions } from '../choices/normalization-choice.js';
import { assignment, path } from '../choices/option-values.js';
import { sayTraceless } from '../choices/traceless-note.js';
import {
  assertWeightsGiven,
  chosenWeights,
  type WeightsOptions,
  withWeightsOptions,
} from '../choices/weights-choice.js';

/** The options that choose a command's detector. */
export interface DetectorOptions extends WeightsOptions, Pick<FolderOptions, 'size'> {
  readonly network?: string;
  readonly model?: string;
  readonly modelOption: Readonly<Record<string, unknown>>;
  readonly normalization?: string;
  readonly head?: string;
  readonly labels?: string;
}

/** A detector and its preprocessing. */
export interface ChosenDetector {
  readonly network: Network;
  readonly detector: Detector;
  /** For messages and results: the model's name, or the file's. */
  readonly label: string;
  readonly weights: 'file' | 'random';
  readonly normalization: Normalization;
  readonly fit: ImageFit;
  readonly classNames: readonly string[];
  /** Whether the file or the model names them; else they are `class 0`, `class 1` … */
  readonly namesClasses: boolean;
  /** The set that it was trained on, if it or its folder states one. */
  readonly dataset: string | undefined;
}

/** Adds the options that choose a detector. */
export function withDetectorOptions(command: Command): Command {
  const named = command.option('--model <name>', 'detector; `rheobase models --detectors` lists them');
  return withSizeOption(withNormalizationOptions(withWeightsOptions(named), 'its own'))
    .option('--model-option <name=value>', 'option of the detector; can be repeated', assignment, {})
    .option(
      '--network <path>',
      'a detector that rheobase wrote, analog or spiking, the folder that holds it, or an ONNX model',
      path,
    )
    .option(
      '--head <kind>',
      `what the outputs of an ONNX model mean: ${importedHeads.names.join(', ')} (default: the one that they fit)`,
    )
    .option('--labels <file>', 'the names of the classes of an ONNX model, one on each line', path);
}

/**
 * The detector that the options choose.
 *
 * @throws if they choose none or two, or if the choice cannot be read or is not a detector.
 */
export async function chooseDetector(
  options: DetectorOptions,
  registries: Registries,
  output: CommandOutput,
): Promise<ChosenDetector> {
  const { detectors } = registries;
  const { network: file, model, weights, modelOption } = options;
  if (file !== undefined) {
    if (model !== undefined || weights !== undefined || Object.keys(modelOption).length > 0) {
      throw new Error(
        'A network file contains its architecture and weights: omit --model, --weights and --model-option.',
      );
    }
    assertWeightsGiven(options);
    const network = await detectorAt(file, options);
    const own = normalizationIn(network.metadata);
    const usual = familyOf(network, detectors)?.normalization;
    const normalization = chooseNormalization(options.normalization, own ?? usual, own && file, output);
    return {
      ...described(network, basename(file), 'file', normalization, detectors),
      dataset: await datasetOf(network, file),
    };
  }
  if (model === undefined) {
    throw new Error(
      'No detector was chosen. Give --model NAME with --weights FILE, or --network FILE; `rheobase models --detectors` lists them.',
    );
  }
  assertModelDetects(model, registries);
  assertWeightsGiven(options);
  const family = detectors.get(model);
  const built = family.build(modelOption);
  const { normalization: usual } = family;
  if (weights === undefined) {
    const normalization = chooseNormalization(options.normalization, usual, undefined, output);
    return { ...described(built, model, 'random', normalization, detectors), dataset: undefined };
  }
  const { network, metadata } = await chosenWeights(built, weights, options, output);
  sayTraceless(family, { network: built, given: modelOption, file: weights, metadata }, output);
  // Weights exported by rheobase state it; others use the default.
  const own = normalizationIn(metadata);
  const normalization = chooseNormalization(options.normalization, own ?? usual, own && weights, output);
  return { ...described(network, model, 'file', normalization, detectors), dataset: undefined };
}

/** The detector of a file; of an ONNX model with the head that its outputs fit, or that was named. */
async function detectorAt(file: string, options: DetectorOptions): Promise<Network> {
  assertNotNir(
    await networkFile(file),
    'it does not say what its outputs mean as boxes, so no detector is read from one. Give the ONNX model that it was made from, or a detector that rheobase wrote.',
  );
  const { network, format } = await networkAt(file, options);
  if (format !== 'onnx') {
    for (const name of ['head', 'labels'] as const) {
      if (options[name] !== undefined) {
        throw new Error(`--${name} is for ONNX models; ${file} says itself what its outputs mean.`);
      }
    }
    assertDetects(network, file);
    return network;
  }
  try {
    const detector = withImportedHead(network, options.head);
    if (options.labels === undefined) return detector;
    const names = (await readText(options.labels)).split(/\r?\n/).filter((name) => name.trim() !== '');
    const { classes } = detectorOf(detector).spec;
    if (names.length !== classes) {
      throw new Error(`${options.labels}: it has ${names.length} names, but the detector has ${classes} classes.`);
    }
    return { ...detector, metadata: { ...detector.metadata, classNames: names.join(',') } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: ${reason}${/Name the one/.test(reason) ? ' Give --head.' : ''}`, { cause: error });
  }
}

/** Reports random weights: a detector with forgotten weights looks like a bad one. */
export function sayRandomWeights(output: CommandOutput, { label, weights }: ChosenDetector): void {
  if (weights === 'file') return;
  say(output, `note: without --weights, ${label} has random weights and finds nothing but chance.`);
}

function described(
  network: Network,
  fallback: string,
  weights: ChosenDetector['weights'],
  normalization: Normalization,
  detectors: Registries['detectors'],
): Omit<ChosenDetector, 'dataset'> {
  const detector = detectorOf(network);
  const { model, imageFit, classNames } = network.metadata;
  const family = familyOf(network, detectors);
  const numbers = Array.from({ length: detector.spec.classes }, (_, label) => `class ${label}`);
  const names = classNames?.split(',') ?? family?.classNames ?? [];
  // Files may keep the numbers that stand for names.
  const namesClasses = names.length === numbers.length && names.some((name, label) => name !== numbers[label]);
  return {
    network,
    detector,
    label: model ?? fallback,
    weights,
    normalization,
    fit: fitOf(imageFit) ?? family?.imageFit ?? { shape: 'letterbox', filter: 'bilinear' },
    namesClasses,
    classNames: namesClasses ? names : numbers,
  };
}

function familyOf({ metadata: { model } }: Network, detectors: Registries['detectors']): DetectorFamily | undefined {
  return model !== undefined && detectors.has(model) ? detectors.get(model) : undefined;
}

/** Parses `stretch sampled` from a network's metadata. */
function fitOf(text: string | undefined): ImageFit | undefined {
  const [shape, filter] = text?.split(' ') ?? [];
  if (shape !== 'letterbox' && shape !== 'stretch') return undefined;
  if (filter !== 'bilinear' && filter !== 'bicubic' && filter !== 'sampled') return undefined;
  return { shape, filter };
}

/** A network file's metadata, so that it can be run without further options. */
export function detectorMetadata({
  normalization,
  fit,
  namesClasses,
  classNames,
}: ChosenDetector): Readonly<Record<string, string>> {
  return {
    normalization: normalization.name,
    imageFit: `${fit.shape} ${fit.filter}`,
    ...(namesClasses && { classNames: classNames.join(',') }),
  };
}
