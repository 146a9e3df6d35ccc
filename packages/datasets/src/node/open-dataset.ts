import type { Registry } from '@rheobase/network';
import type { ImageSource, SplitName } from '../image-source.js';
import { type Dataset, requireSplit } from './dataset.js';
import { defaultDatasets } from './default-datasets.js';
import { bringToCache } from './download.js';
import type { TransferOptions } from './transfer.js';

interface Choice {
  /** By default the one on which the set's results are reported. */
  readonly split?: SplitName;
  /** The sets to choose from. */
  readonly datasets?: Registry<Dataset>;
}

/** Which part of a data set to open, and from where. */
export type OpenDatasetOptions =
  /** From a folder that holds the sets' folders, offline. Procedural sets need none. */
  | (Choice & { readonly dataDir?: string; readonly cacheDir?: never })
  /** From a cache folder, into which the set is downloaded if it is not there. What is there is used as it is: `download` verifies it. */
  | (Choice & TransferOptions & { readonly cacheDir: string; readonly dataDir?: never });

/**
 * Opens a data set by name.
 *
 * @throws (the promise rejects) if there is no such set or split, naming those there are; if its files are missing or damaged, naming them;
 * and as `download` does.
 */
export async function openDataset(name: string, options: OpenDatasetOptions = {}): Promise<ImageSource> {
  const { datasets = defaultDatasets } = options;
  const dataset = datasets.get(name);
  const split = requireSplit(name, dataset.splits, options.split ?? dataset.evaluationSplit);
  if (options.cacheDir === undefined) return dataset.open({ dataDir: options.dataDir, split });
  if (dataset.origin.kind === 'published') await bringToCache(name, { ...options, datasets });
  return dataset.open({ dataDir: options.cacheDir, split });
}
