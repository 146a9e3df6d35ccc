import type { ImageSource, SplitName } from '../image-source.js';
import type { PublishedSet } from './published-set.js';

/** Where a set's images come from. */
export type DatasetOrigin =
  /** Published files that `download` fetches. */
  | { readonly kind: 'published'; readonly set: PublishedSet }
  /** Files that each user must get for themselves; `how` says how. */
  | { readonly kind: 'manual'; readonly how: string }
  /** Made by a program: no files. */
  | { readonly kind: 'procedural' };

/** A data set that can be opened by name. */
export interface Dataset {
  readonly name: string;
  /** One line: what it shows, image size, classes. */
  readonly summary: string;
  readonly origin: DatasetOrigin;
  readonly splits: readonly SplitName[];
  /** The split on which results are reported. */
  readonly evaluationSplit: SplitName;
  /**
   * Opens one of `splits`.
   *
   * @param options.dataDir the folder that holds the folders of all sets; a procedural set does without
   * @throws (the promise rejects) naming the file and what is wrong with it.
   */
  open(options: { readonly dataDir: string | undefined; readonly split: SplitName }): Promise<ImageSource>;
}

/**
 * The folder that holds the sets' folders, which all but procedural sets need.
 *
 * @throws if none was given.
 */
export function requireDataDir(name: string, dataDir: string | undefined): string {
  if (dataDir === undefined) {
    throw new Error(
      `${name} needs files: give dataDir, the folder that holds the set's folder, or cacheDir to download it there`,
    );
  }
  return dataDir;
}

/**
 * Narrows a split to those a set has.
 *
 * @throws naming the set and the splits it has.
 */
export function requireSplit<Split extends SplitName>(name: string, splits: readonly Split[], split: SplitName): Split {
  const found = splits.find((candidate) => candidate === split);
  if (found === undefined) throw new Error(`${name} has no split '${split}'; it has ${splits.join(', ')}`);
  return found;
}
