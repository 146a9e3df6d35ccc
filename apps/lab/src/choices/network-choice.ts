import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type ImageSource, normalizationIn } from '@rheobase/datasets';
import { takingImages, type VectorOrder } from '@rheobase/experiments';
import {
  existingFile,
  type NetworkOfFile,
  readNetworkOf,
  runFileNames,
  runFiles,
  vectorOrderOf,
} from '@rheobase/experiments/node';
import type { Registries } from '@rheobase/experiments/node';
import type { Network, Shape } from '@rheobase/network';
import type { Command } from 'commander';
import { type CommandOutput, say } from '../output/command-output.js';
import { type FolderOptions, sizeOf } from './folder-choice.js';
import { assertNoNirOptions, nirOptions, type NirOptions, withNirOptions } from './nir-choice.js';
import { whyNoNetwork } from './missing-network.js';
import { assertClassifies, assertModelClassifies, assertNamesNoFile } from './network-task.js';
import { assignment, path } from './option-values.js';
import { readRunSettings } from './run-settings.js';
import { sayTraceless } from './traceless-note.js';
import { assertWeightsGiven, chosenWeights, type WeightsOptions, withWeightsOptions } from './weights-choice.js';

/** The options that choose a command's network. */
export interface NetworkOptions extends WeightsOptions, FileOptions {
  readonly network?: string;
  readonly model?: string;
  readonly modelOption: Readonly<Record<string, unknown>>;
}

/** The network, and its default normalization. */
export interface ChosenNetwork {
  readonly network: Network;
  /** For messages and results: the model's name, or the file's. */
  readonly label: string;
  /** Where its weights are from; random ones are untrained. */
  readonly weights: 'file' | 'random';
  readonly normalization: string | undefined;
  /** The file that states it; undefined if it is only the model's default. */
  readonly normalizationTeller: string | undefined;
  /** In which order a vector that is its input has the elements of an image. */
  readonly vectorOrder: VectorOrder;
  /** The set that it was trained on, if it or its folder states one. */
  readonly dataset: string | undefined;
}

/** Which output of a network with several gives its classes. */
export interface ClassOutputOption {
  readonly classOutput?: string;
}

/** How a file that holds a network is read, as options say. */
export type FileOptions = Pick<FolderOptions, 'size'> & NirOptions & ClassOutputOption;

/** Adds the options that choose a network. */
export function withNetworkOptions(command: Command): Command {
  const own = withNirOptions(
    withWeightsOptions(command.option('--model <name>', 'architecture; `rheobase models` lists them')),
  )
    .option('--model-option <name=value>', 'option of the architecture; can be repeated', assignment, {})
    .option(
      '--network <path>',
      'a network that rheobase wrote, the folder of the run that it came from, an ONNX model or a NIR file',
      path,
    );
  return withClassOutputOption(own);
}

/** Adds the option for networks with several outputs. */
export function withClassOutputOption(command: Command): Command {
  return command.option(
    '--class-output <name>',
    'of a network with several outputs: the one that gives the classes, the others are left out (default: the first)',
  );
}

/**
 * The file of a network given by its path or by its folder.
 *
 * @throws naming what does not exist.
 */
export async function networkFile(given: string): Promise<string> {
  const found = await stat(given).catch(() => undefined);
  if (found === undefined) {
    throw new Error(
      `${given}: there is no such file or folder. Give a network that rheobase wrote, its folder, an ONNX model or a NIR file.`,
    );
  }
  if (!found.isDirectory()) return given;
  const file = existingFile(runFiles(given).network);
  if (file !== undefined) return file;
  throw new Error(`${given}: it holds no ${runFileNames.network}. ${await whyNoNetwork(given)}`);
}

/**
 * The network of a file, or of a run's folder.
 *
 * @param options what the file leaves open
 * @throws naming what is not there, or why it cannot be read; and options that are not for such a file.
 */
export async function networkAt(given: string, options: FileOptions = {}): Promise<NetworkOfFile> {
  const read = await readNetworkOf(await networkFile(given), {
    size: sizeOf(options),
    nir: nirOptions(options),
    output: options.classOutput,
  });
  if (read.format !== 'nir') assertNoNirOptions(options, given);
  return read;
}

/** The file with a network's parameters; undefined if they are random. */
export async function parametersFile({
  network,
  weights,
}: Pick<NetworkOptions, 'network' | 'weights'>): Promise<string | undefined> {
  return network === undefined ? weights : networkFile(network);
}

/** The set that a network was trained on, as stated by itself or by the run in its folder. */
export async function datasetOf({ metadata }: Network, given: string): Promise<string | undefined> {
  if (metadata['dataset'] !== undefined) return metadata['dataset'];
  const folder = (await stat(given)).isDirectory() ? given : dirname(given);
  return (await readRunSettings(folder)).dataset;
}

/**
 * The network that the options choose: one that classifies images, or a detector.
 *
 * @param checkedByImages options of a model that are checked against the images
 * @throws if they choose none or two, do not apply, or choose one that cannot be read.
 */
export async function chooseNetwork(
  options: NetworkOptions,
  registries: Registries,
  output: CommandOutput,
  checkedByImages?: readonly string[],
): Promise<ChosenNetwork> {
  const { network: file, model, weights, modelOption } = options;
  if (file !== undefined) {
    if (model !== undefined) {
      throw new Error('Both --network and --model were given. A network file contains its architecture: omit --model.');
    }
    if (weights !== undefined) throw new Error('--weights needs --model; a network file contains its weights.');
    if (Object.keys(modelOption).length > 0) {
      throw new Error('--model-option needs --model; a network file contains its architecture.');
    }
    assertWeightsGiven(options);
    const { network, format, notes } = await networkAt(file, options);
    for (const note of notes) say(output, `note: ${file}: ${note}.`.replace(/\.\.$/, '.'));
    const { model: name = basename(file) } = network.metadata;
    const normalization = normalizationIn(network.metadata);
    return {
      network,
      label: name,
      weights: 'file',
      normalization,
      normalizationTeller: file,
      vectorOrder: vectorOrderOf({ format }),
      dataset: await datasetOf(network, file),
    };
  }
  if (model === undefined) {
    throw new Error(
      'No network was chosen. Give --model NAME with --weights FILE, or --network FILE; `rheobase models` lists the models.',
    );
  }
  if (options.classOutput !== undefined) {
    throw new Error('--class-output needs --network; the architectures of --model have one output.');
  }
  assertNamesNoFile(model, registries);
  assertNoNirOptions(options, 'a model of --model');
  const { models, detectors } = registries;
  const family = detectors.has(model) && !models.has(model) ? detectors.get(model) : models.get(model);
  const { name, normalization } = family;
  const built = family.build(modelOption);
  const vectorOrder = 'channels-last' as const;
  const usual = { label: name, normalization, normalizationTeller: undefined, vectorOrder, dataset: undefined };
  assertWeightsGiven(options);
  if (weights === undefined) return { ...usual, network: built, weights: 'random' };
  const { network, metadata } = await chosenWeights(built, weights, options, output);
  sayTraceless(family, { network: built, given: modelOption, file: weights, metadata }, output, checkedByImages);
  const told = normalizationIn(metadata);
  return {
    ...usual,
    ...(told !== undefined && { normalization: told, normalizationTeller: weights }),
    network,
    weights: 'file',
  };
}

/** The network with an input for images, where it takes vectors of as many elements. */
export function forImages<Chosen extends Pick<ChosenNetwork, 'network' | 'vectorOrder'>>(
  chosen: Chosen,
  image: Shape,
): Chosen {
  return { ...chosen, network: takingImages(chosen.network, image, chosen.vectorOrder) };
}

/** The network with an input for images, if it takes vectors and it is known which images. */
export async function withImageInput<Chosen extends Pick<ChosenNetwork, 'network' | 'vectorOrder' | 'dataset'>>(
  chosen: Chosen,
  dataset: string | undefined,
  open: () => Promise<ImageSource>,
): Promise<Chosen> {
  const input = chosen.network.nodes.find((node) => node.op === 'input')?.shape ?? [];
  if (input.length === 3 || (dataset ?? chosen.dataset) === undefined) return chosen;
  const source = await open();
  try {
    return forImages(chosen, source.imageShape);
  } finally {
    await source.close();
  }
}

/**
 * The network that the options choose, for commands that need a classifier.
 *
 * @throws as `chooseNetwork` does, and if it is a detector.
 */
export async function chooseClassifier(
  options: NetworkOptions,
  registries: Registries,
  output: CommandOutput,
): Promise<ChosenNetwork> {
  if (options.model !== undefined && options.network === undefined) assertModelClassifies(options.model, registries);
  const chosen = await chooseNetwork(options, registries, output, ['inputShape']);
  assertClassifies(chosen.network, options.network ?? chosen.label);
  const [read, ...unread] = chosen.network.nodes.flatMap(({ op, name }) => (op === 'output' ? [name] : []));
  if (unread.length > 0) {
    say(
      output,
      `note: ${chosen.label} has the outputs ${[read, ...unread].join(', ')}; its classes are those of ${read}; --class-output takes another.`,
    );
  }
  return chosen;
}

/** Reports what is assumed for missing options that would silently change the result. */
export function sayAssumptions(
  output: CommandOutput,
  { label, weights, normalization, normalizationTeller }: ChosenNetwork,
  given: { readonly weights?: string; readonly normalization?: string },
): void {
  if (weights === 'random')
    say(output, `note: without --weights, ${label} has random weights; its results are meaningless.`);
  if (
    given.weights !== undefined &&
    given.normalization === undefined &&
    normalization !== undefined &&
    normalizationTeller === undefined
  ) {
    say(
      output,
      `note: inputs are normalized by '${normalization}', the default for ${label}; give --normalization, or --mean ` +
        'and --std, if these weights were trained otherwise.',
    );
  }
}
