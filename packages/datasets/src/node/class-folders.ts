import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource, SplitName } from '../image-source.js';
import { split } from '../split.js';
import { type ClassLabels, readClassLabels } from './class-labels.js';
import { type Dataset, requireSplit } from './dataset.js';
import { type ImagePreparation, openImageFolder, preparedSource } from './image-folder.js';
import { entriesOf } from './list-images.js';
import { pathInside } from './path-inside.js';

/** How the user's own class folders are read. */
export interface ClassFoldersOptions extends ImagePreparation {
  /** A file of labels, as `readClassLabels` reads it; by default the names of the folders are the classes, sorted. */
  readonly labels?: string | undefined;
  /** How many classes a network has, for labels that are numbers; default: one more than the greatest of them. */
  readonly classes?: number | undefined;
  /**
   * What a split is of a folder without folders for its splits: a part of it, disjoint from the others, or the whole folder, whatever the split.
   * Default: `part`.
   */
  readonly undivided?: 'part' | 'whole' | undefined;
}

/** Share of the images of an undivided folder that are its test images. */
const testShare = 0.2;

/** Which of them: the same in every run, so that no network is tested on what it was trained on. */
const divisionSeed = 0;

const splits = ['train', 'validation', 'test'] as const satisfies readonly SplitName[];

/** The folders that a split is looked for in. */
const foldersOf: Readonly<Record<SplitName, readonly string[]>> = {
  train: ['train'],
  validation: ['validation', 'val', 'test'],
  test: ['test', 'validation', 'val'],
};

/** Every name of a folder that holds a split. */
const splitFolders: ReadonlySet<string> = new Set(Object.values(foldersOf).flat());

const advice = 'it should hold a folder of images for each class, or such folders in train, val and test';

/**
 * The user's own images, in a folder for each class, as a data set: `dataDir` is the folder itself. It holds `train`, `val` (or `validation`) and `test`
 * with class folders in them; where there is no `test`, its images are those of `val`, and the other way round. Or it holds class folders: then a
 * fifth of the images of each class, drawn with seed 0, is its `test` and `validation`, and the others are its `train`.
 */
export function classFolders(options: ClassFoldersOptions = {}): Dataset {
  const name = 'folder';
  return {
    name,
    summary: 'images of your own, a folder for each class: --data-dir is that folder',
    origin: { kind: 'manual', how: 'Give the folder that holds a folder of images for each class.' },
    splits,
    evaluationSplit: 'test',
    async open({ dataDir, split: asked }): Promise<ImageSource> {
      if (dataDir === undefined)
        throw new Error(`${name} needs the folder that holds a folder for each class: give dataDir`);
      const chosen = requireSplit(name, splits, asked);
      const labels = options.labels === undefined ? undefined : await readClassLabels(options.labels);
      const { folder, divided } = await folderOf(dataDir, chosen);
      const part = async (whole: ImageSource): Promise<ImageSource> =>
        divided ? whole : partOf(whole, chosen, dataDir, options.undivided ?? 'part');
      const { resize, crop, size, channels } = options;
      const preparation = { resize, crop, size, channels };
      if (labels?.kind === 'files') return part(await labelledFiles(folder, labels, chosen, preparation, options));
      const source = await openImageFolder({
        folder,
        split: chosen,
        name,
        preparation,
        ...(labels !== undefined && { classes: labels.classes }),
      }).catch((error: unknown) => {
        throw options.labels === undefined || !(error instanceof Error) || !/not among the/.test(error.message)
          ? error
          : new Error(`${error.message} of ${options.labels}`, { cause: error });
      });
      return part({
        ...source,
        classAdvice:
          'To say which output each folder stands for, give --labels FILE: a line for each output, with the name of its folder.',
      });
    },
  };
}

/** The folder that holds a split, and whether it is one for that split alone. */
async function folderOf(
  dataDir: string,
  split: SplitName,
): Promise<{ readonly folder: string; readonly divided: boolean }> {
  const folders = (await entriesOf(dataDir, advice, []))
    .filter(({ kind }) => kind === 'folder')
    .map(({ name }) => name);
  if (folders.length === 0 || !folders.every((folder) => splitFolders.has(folder)))
    return { folder: dataDir, divided: false };
  const found = foldersOf[split].find((folder) => folders.includes(folder));
  if (found === undefined) {
    throw new Error(`${dataDir}: holds ${folders.join(', ')}, but no folder ${foldersOf[split].join(' or ')}`);
  }
  return { folder: join(dataDir, found), divided: true };
}

/**
 * A split of an undivided folder, and how it was made.
 *
 * @throws if there are too few images for two parts.
 */
async function partOf(
  whole: ImageSource,
  chosen: SplitName,
  dataDir: string,
  undivided: 'part' | 'whole',
): Promise<ImageSource> {
  const { length } = whole;
  if (undivided === 'whole') {
    return {
      ...whole,
      division: `${dataDir} has no folders train and test: all ${length} images are used, also those that a network was trained or calibrated on; the split 'test' has only images kept apart from both`,
    };
  }
  if (length < 2) {
    throw new Error(
      `${dataDir}: ${length} image is too few to keep test images apart; add images, or folders train and test`,
    );
  }
  const heldOut = Math.max(1, Math.round(testShare * length));
  const parts = await split(whole, { heldOut, seed: divisionSeed });
  const part = chosen === 'train' ? parts.training : parts.heldOut;
  return {
    ...part,
    ...(whole.skipped && { skipped: whole.skipped }),
    division:
      `${dataDir} has no folders train and test: a fifth of each class is kept apart as test images (seed ${divisionSeed}), ` +
      `${heldOut} of ${length}; this is the split '${chosen}', ${part.length} images`,
    close: async () => {
      await part.close();
      await whole.close();
    },
  };
}

/** The images that a list names. */
async function labelledFiles(
  folder: string,
  { files }: Extract<ClassLabels, { kind: 'files' }>,
  split: SplitName,
  preparation: ImagePreparation,
  { labels: list = '', classes = 0 }: ClassFoldersOptions,
): Promise<ImageSource> {
  const areNumbers = files.every(({ label }) => /^\d{1,7}$/.test(label));
  const names = [...new Set(files.map(({ label }) => label))].toSorted();
  const highest = files.reduce((most, { label }) => Math.max(most, Number(label)), 0);
  const classNames = areNumbers ? Array.from({ length: Math.max(classes, highest + 1) }, (_, k) => String(k)) : names;
  const labelOf = new Map(classNames.map((name, label) => [name, label] as const));
  const found = files.map(({ file, label, line }) => ({
    path: pathInside(folder, file, (reason) => new Error(`${list}: line ${line}: ${reason}`)),
    label: areNumbers ? Number(label) : (labelOf.get(label) ?? 0),
    line,
  }));
  for (const { path, line } of found) {
    const there = await stat(path).catch(() => undefined);
    if (there === undefined) throw new Error(`${list}: line ${line} names ${path}, which does not exist`);
  }
  return preparedSource({ name: 'folder', split, classNames, files: found, skipped: [] }, preparation, folder);
}
