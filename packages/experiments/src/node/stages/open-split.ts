import { describeSkipped, type ImageSource, type SplitName } from '@rheobase/datasets';
import { type Dataset, defaultCacheDir, defaultDatasets, openDataset } from '@rheobase/datasets/node';
import type { Registry } from '@rheobase/network';

/** Which part of a data set, and where its files are. */
export interface SplitChoice {
  /** Default: the split that results are reported on. */
  readonly split?: string | undefined;
  /** The folder that holds the sets' folders; default: the cache of downloads. */
  readonly dataDir?: string | undefined;
  /** The sets to choose from; default: the built-in ones. */
  readonly datasets?: Registry<Dataset> | undefined;
  /** Called with a notice about skipped files of the set's folder, and about how it was divided. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Opens a part of a data set by name.
 *
 * @throws as `openDataset` does; if the set has no such split; and if it needs files that are neither in `dataDir` nor in the cache,
 *   with where they come from.
 */
export async function openSplit(
  dataset: string,
  { split, dataDir, datasets = defaultDatasets, onNotice }: SplitChoice,
): Promise<ImageSource> {
  const { splits, evaluationSplit, origin } = datasets.get(dataset);
  const chosen = split ?? evaluationSplit;
  const known: SplitName | undefined = splits.find((name) => name === chosen);
  if (known === undefined) throw new Error(`${dataset} has no split '${chosen}'; it has ${splits.join(', ')}.`);
  const folder = dataDir ?? (origin.kind === 'procedural' ? undefined : defaultCacheDir());
  try {
    const source = await openDataset(dataset, {
      datasets,
      split: known,
      ...(folder === undefined ? {} : { dataDir: folder }),
    });
    const leftOut = describeSkipped(source.skipped ?? []);
    if (leftOut !== undefined) onNotice?.(`${source.name} (${source.split}): ${leftOut}.`);
    if (source.division !== undefined) onNotice?.(`${source.division}.`);
    return source;
  } catch (error) {
    if (dataDir !== undefined || origin.kind === 'procedural' || !(error instanceof Error)) throw error;
    const remedy =
      origin.kind === 'published'
        ? `Give --data-dir, or download it with \`rheobase datasets download ${dataset}\`.`
        : `Give --data-dir. ${origin.how}`;
    throw new Error(`${error.message.replace(/(?<![.?!])$/, '.')}\n${remedy}`, { cause: error });
  }
}
