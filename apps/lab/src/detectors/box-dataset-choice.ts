import type { BoxSource, SplitName } from '@rheobase/datasets';
import type { BoxDataset } from '@rheobase/datasets/node';
import type { Registries } from '@rheobase/experiments/node';
import { unknownName } from '@rheobase/network';
import type { Command } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import { chooseDataset } from '../choices/dataset-choice.js';
import type { ChosenDetector } from './detector-choice.js';
import { path, integerFrom } from '../choices/option-values.js';

/** The options that choose a command's images with boxes. */
export interface BoxDatasetOptions {
  /** For a detector made by a run; default: the run's. */
  readonly dataset?: string;
  readonly dataDir?: string;
  readonly split?: string;
  readonly limit?: number;
  readonly batch?: number;
}

/** Adds the options that choose images of a split of a set. */
export function withBoxDatasetOptions(command: Command, { boxDatasets }: Registries): Command {
  return command
    .option(
      '--dataset <name>',
      `set of images with boxes: ${boxDatasets.names.join(', ')} (default: that of the run whose folder --network names or is in)`,
    )
    .option('--data-dir <folder>', 'the folder that holds the data sets’ folders, such as coco', path)
    .option('--split <name>', 'split of the set (default: the one that results are reported on)')
    .option('--limit <images>', 'use only the first images', integerFrom(1))
    .option('--batch <images>', 'images at a time (default: as many as fit in memory, up to 4)', integerFrom(1));
}

/**
 * The set of the given name, or the one that the detector was trained on.
 *
 * @throws if neither is known.
 */
export function chooseBoxDataset(
  given: string | undefined,
  chosen: Pick<ChosenDetector, 'label' | 'dataset'>,
  { boxDatasets }: Registries,
  output: CommandOutput,
): BoxDataset {
  const known = `, one of ${boxDatasets.names.join(', ')}`;
  return boxDatasets.get(chooseDataset(given, chosen, output, known));
}

/**
 * Opens a split of a set. Default: the one that results are reported on.
 *
 * @throws if there is no such split, listing the others, or if it is not in the folder, with the source of the set.
 */
export async function openBoxes(
  dataset: BoxDataset,
  { dataDir, split }: { readonly dataDir?: string; readonly split?: string },
): Promise<BoxSource> {
  const { name, splits, evaluationSplit, origin } = dataset;
  const part = split === undefined ? evaluationSplit : partOf(dataset, split);
  if (dataDir === undefined && origin.kind !== 'procedural') {
    const how = origin.kind === 'manual' ? ` To have them, ${origin.how}.` : '';
    throw new Error(`${name} needs files: give --data-dir, the folder that holds the set’s folder.${how}`);
  }
  return dataset.open({ dataDir, split: part }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const others = splits.filter((other) => other !== part);
    const which = `That is the split '${part}' of ${name}${split === undefined ? ', the default for results' : ''}`;
    const hint =
      others.length === 0 ? which : `${which}; there are also: ${others.map((other) => `--split ${other}`).join(', ')}`;
    throw new Error(`${reason}\n(${hint}.)`, { cause: error });
  });
}

function partOf({ name, splits }: BoxDataset, given: string): SplitName {
  const found = splits.find((known) => known === given);
  if (found === undefined) throw new Error(`--split ${given}: ${unknownName(`split of ${name}`, given, splits)}`);
  return found;
}
