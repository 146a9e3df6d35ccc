import { defaultNormalizations, type ImageSource, type Normalization, type SplitName } from '@rheobase/datasets';
import { defaultCacheDir, defaultDatasets, openDataset } from '@rheobase/datasets/node';
import type { Command } from 'commander';
import { path, wholeNumber } from './option-values.js';

/** Which images a command works on, as its options say. */
export interface DatasetOptions {
  readonly dataset: string;
  readonly dataDir?: string;
  readonly split?: string;
  readonly normalization?: string;
  readonly limit?: number;
  readonly batch: number;
}

/** Adds the options that choose images of a part of a set. */
export function withDatasetOptions(command: Command): Command {
  return withSetOptions(command)
    .option('--split <name>', 'part of the set; the one results are reported on unless given')
    .option('--limit <images>', 'use only the first images', wholeNumber(1));
}

/** Adds the options that choose a set, and how its images become inputs. */
export function withSetOptions(command: Command): Command {
  return command
    .requiredOption('--dataset <name>', 'data set; `rheobase datasets` lists them')
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders, such as cifar-10-batches-bin', path)
    .option(
      '--normalization <name>',
      `how pixels become inputs: ${defaultNormalizations.names.join(', ')}; the model’s own unless given`,
    )
    .option('--batch <images>', 'images at a time', wholeNumber(1), 50);
}

/**
 * Opens a part of a data set.
 *
 * @throws as `openDataset` does, and if the set needs files that are neither in --data-dir nor in the cache.
 */
export async function openImages(
  { dataset, dataDir }: DatasetOptions,
  split: string | undefined,
): Promise<ImageSource> {
  const { splits, evaluationSplit, origin } = defaultDatasets.get(dataset);
  const chosen = split ?? evaluationSplit;
  const known: SplitName | undefined = splits.find((name) => name === chosen);
  if (known === undefined) throw new Error(`${dataset} has no split '${chosen}'; it has ${splits.join(', ')}.`);
  const folder = dataDir ?? (origin.kind === 'procedural' ? undefined : defaultCacheDir());
  try {
    return await openDataset(dataset, { split: known, ...(folder === undefined ? {} : { dataDir: folder }) });
  } catch (error) {
    if (dataDir !== undefined || origin.kind === 'procedural' || !(error instanceof Error)) throw error;
    const remedy =
      origin.kind === 'published'
        ? `Give --data-dir, or fetch it with \`rheobase datasets download ${dataset}\`.`
        : `Give --data-dir. ${origin.how}`;
    throw new Error(`${error.message}\n${remedy}`, { cause: error });
  }
}

/**
 * The normalisation by its name, or the network's own.
 *
 * @throws if neither is known.
 */
export function chooseNormalization(given: string | undefined, own: string | undefined): Normalization {
  const name = given ?? own;
  if (name === undefined) {
    throw new Error(
      `How are pixels to become inputs? Give --normalization, one of ${defaultNormalizations.names.join(', ')}.`,
    );
  }
  return defaultNormalizations.get(name);
}
