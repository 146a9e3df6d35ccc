import type { BoxSource } from '../boxes/box-source.js';
import type { SplitName } from '../image-source.js';
import type { DatasetOrigin } from './dataset.js';

/** A set of images with boxes that can be opened by name. */
export interface BoxDataset {
  readonly name: string;
  /** One line: what it shows, its classes. */
  readonly summary: string;
  readonly origin: DatasetOrigin;
  readonly splits: readonly SplitName[];
  /** The split on which results are reported. */
  readonly evaluationSplit: SplitName;
  /** The protocol by which mean AP is reported on it: a name of `@rheobase/detection`. */
  readonly protocol: 'voc-2007' | 'voc-2010' | 'coco';
  /**
   * Opens one of `splits`.
   *
   * @param options.dataDir the folder that holds the folders of all sets; a procedural set does without
   * @throws (the promise rejects) naming the file, and the object in it, that is wrong.
   */
  open(options: { readonly dataDir: string | undefined; readonly split: SplitName }): Promise<BoxSource>;
}
