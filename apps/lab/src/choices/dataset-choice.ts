import type { ImageSource } from '@rheobase/datasets';
import { openSplit, type Registries } from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import type { Command } from 'commander';
import { type CommandOutput, say } from '../output/command-output.js';
import { datasetsFor, type FolderOptions, withFolderOptions } from './folder-choice.js';
import type { ChosenNetwork } from './network-choice.js';
import { type NormalizationOptions, withNormalizationOptions } from './normalization-choice.js';
import { path, integerFrom } from './option-values.js';

/** The options that choose a command's images. */
export interface DatasetOptions extends NormalizationOptions, FolderOptions {
  /** For a network made by a run; default: the run's. */
  readonly dataset?: string;
  readonly dataDir?: string;
  readonly split?: string;
  readonly limit?: number;
  readonly batch?: number;
}

/** Adds the options that choose images of a split of a set. */
export function withDatasetOptions(command: Command): Command {
  return withSetOptions(command)
    .option('--split <name>', 'split of the set (default: the one that results are reported on)')
    .option('--limit <images>', 'use only the first images', integerFrom(1));
}

/** Adds the options that choose a set and its normalization. */
export function withSetOptions(command: Command): Command {
  return withFolderOptions(withNormalizationOptions(command, 'the model’s own'))
    .option(
      '--dataset <name>',
      'data set; `rheobase datasets` lists them (default: that of the run whose folder --network names or is in)',
    )
    .option(
      '--data-dir <folder>',
      'the folder that holds the data sets’ folders, such as cifar-10-batches-bin; of --dataset folder, the one with a folder for each class',
      path,
    )
    .option('--batch <images>', 'images at a time (default: as many as fit in memory, up to 50)', integerFrom(1));
}

/**
 * The set of the given name, or the one that the network was trained on; reports if they differ.
 *
 * @param known the command that lists the sets, for the message
 * @throws if neither is known.
 */
export function chooseDataset(
  given: string | undefined,
  { label, dataset: own }: Pick<ChosenNetwork, 'label' | 'dataset'>,
  output: CommandOutput,
  known = '; `rheobase datasets` lists the data sets',
): string {
  const name = given ?? own;
  if (name === undefined) {
    throw new Error(`No data set was chosen. Give --dataset${known}.`);
  }
  if (own !== undefined && name !== own) {
    say(output, `note: ${label} was made on ${own} but runs on ${name}; without --dataset it runs on ${own}.`);
  }
  return name;
}

/**
 * Opens a split of a data set; reports files in its folder that are skipped.
 *
 * @param network what they are for: images of a folder are brought to the size of its input
 * @throws as `openSplit` does.
 */
export async function openImages(
  { dataset, dataDir, ...options }: FolderOptions & { readonly dataset: string; readonly dataDir?: string | undefined },
  split: string | undefined,
  network: Network,
  registries: Registries,
  output: CommandOutput,
): Promise<ImageSource> {
  // Without a split named, own images are all meant, if they are in no folders for splits.
  const undivided = split === undefined ? 'whole' : 'part';
  const datasets = datasetsFor(dataset, network, { ...options, undivided }, registries.datasets);
  return openSplit(dataset, { split, dataDir, datasets, onNotice: (notice) => say(output, `note: ${notice}`) });
}
