import { madeUpImages } from '@rheobase/bench';
import { normalizationIn, normalizationNamed } from '@rheobase/datasets';
import { assertTakes, batchesOf, images } from '@rheobase/experiments';
import { openSplit, type Registries } from '@rheobase/experiments/node';
import { type ImageBatch, inferShapes, type Network, shapeAt } from '@rheobase/network';
import type { Command } from 'commander';
import { type ChosenNetwork, datasetOf as datasetOfNetwork, networkAt, withImageInput } from './network-choice.js';
import { datasetsFor, type FolderOptions, withFolderOptions } from './folder-choice.js';
import { type NirOptions, withNirOptions } from './nir-choice.js';
import { withNormalizationOptions } from './normalization-choice.js';
import { path } from './option-values.js';
import { type CommandOutput, say } from '../output/command-output.js';

/** The options that choose the images for measuring speed. */
export interface ImageOptions extends FolderOptions, NirOptions {
  readonly dataset?: string;
  readonly dataDir?: string;
  readonly split: string;
  readonly normalization?: string;
}

/** Adds the options that choose images. */
export function withImageOptions(command: Command): Command {
  return withNirOptions(withFolderOptions(withNormalizationOptions(command, 'the network’s own')))
    .option(
      '--dataset <name>',
      'data set of the images (default: that of the run in the network’s folder, else cifar10 with --data-dir, else noise)',
    )
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders', path)
    .option('--split <name>', 'part of the set', 'train');
}

/** The set that the options choose; undefined if images are noise. */
function datasetOf({ dataset, dataDir }: ImageOptions): string | undefined {
  return dataset ?? (dataDir === undefined ? undefined : 'cifar10');
}

/** Describes the chosen images. */
export function describeImages(options: ImageOptions): string {
  const dataset = datasetOf(options);
  return dataset === undefined ? 'noise' : `${dataset} ${options.split}`;
}

/**
 * The options, with the network's own data set if none is chosen. If that cannot be opened and no folder is given, images are noise, with a message:
 * spikes and speed on noise differ from those on images.
 *
 * @param path path of the network, as given by --network
 */
export async function withOwnImages<Options extends ImageOptions>(
  options: Options,
  path: string | undefined,
  { datasets }: Registries,
  output: CommandOutput,
): Promise<Options> {
  if (path === undefined || options.dataset !== undefined) return options;
  const { network } = await networkAt(path, options);
  const dataset = await datasetOfNetwork(network, path);
  if (dataset === undefined) return options;
  const chosen = { ...options, dataset };
  if (options.dataDir !== undefined) return chosen;
  return openSplit(dataset, { split: options.split, datasets }).then(
    async (source) => {
      await source.close();
      return chosen;
    },
    () => {
      say(
        output,
        `note: ${path} was made on ${dataset}, whose images are not here: it is measured on noise. Give --data-dir to measure on them.`,
      );
      return options;
    },
  );
}

/** The network with an input for the chosen images, where it takes vectors of as many elements. */
export async function takingChosenImages(
  given: Pick<ChosenNetwork, 'network' | 'vectorOrder'>,
  options: ImageOptions,
  { datasets }: Registries,
): Promise<Network> {
  const dataset = datasetOf(options);
  const { network } = await withImageInput({ ...given, dataset: undefined }, dataset, async () => {
    const sets = datasetsFor(dataset ?? '', given.network, options, datasets);
    return openSplit(dataset ?? '', { split: options.split, dataDir: options.dataDir, datasets: sets });
  });
  return network;
}

/**
 * The first images of the chosen set, or noise.
 *
 * @throws if the set cannot be read, or the network does not take its images.
 */
export async function chooseImages(
  network: Network,
  options: ImageOptions,
  { datasets }: Registries,
  count: number,
): Promise<ImageBatch> {
  const dataset = datasetOf(options);
  const input = network.nodes.find(({ op }) => op === 'input')?.name ?? '';
  if (dataset === undefined) return madeUpImages(count, shapeAt(inferShapes(network), input));
  const sets = datasetsFor(dataset, network, options, datasets);
  const source = await openSplit(dataset, { split: options.split, dataDir: options.dataDir, datasets: sets });
  try {
    const name = options.normalization ?? normalizationIn(network.metadata) ?? 'unit';
    const chosen = images(source, normalizationNamed(name), { limit: count, batchSize: count });
    assertTakes(network, chosen);
    for await (const first of batchesOf(chosen)) return first;
    throw new Error(`${dataset} has no images.`);
  } finally {
    await source.close();
  }
}
