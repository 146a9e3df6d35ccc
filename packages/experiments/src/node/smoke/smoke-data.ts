import { type ImageSource, subset } from '@rheobase/datasets';
import { defaultRegistries, type Registries } from '../../registries.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import { openSplit } from '../stages/open-split.js';
import { smokeImages, standInImages } from './smoke.js';

/** Where the images of a smoke run come from. */
export interface SmokeData {
  readonly openTraining: () => Promise<ImageSource>;
  readonly openTest: () => Promise<ImageSource>;
  /** Where they are not those that the experiment means, in words. */
  readonly reductions: readonly string[];
}

/**
 * Finds images for a smoke run: those of the experiment's set; both parts out of the evaluation part, where that is the only one there;
 * procedural ones, where no folder was given and the set was not downloaded.
 *
 * @param experiment as `smokeExperiment` gives it
 * @param known what there is by name
 * @throws as `openSplit` does, if a folder was given and holds neither part.
 */
export async function smokeData(
  experiment: Experiment,
  dataDir: string | undefined,
  known: Registries = defaultRegistries,
): Promise<SmokeData> {
  const { dataset } = experiment.data;
  const { evaluationSplit } = known.datasets.get(dataset);
  const open = async (split: string): Promise<ImageSource> =>
    smokeImages(await openSplit(dataset, { split, dataDir, datasets: known.datasets }), experiment, known);
  if (await opens(() => open('train'))) {
    return { openTraining: () => open('train'), openTest: () => open(evaluationSplit), reductions: [] };
  }
  if (await opens(() => open(evaluationSplit))) {
    return {
      openTraining: async () => everySecond(await open(evaluationSplit), 0),
      openTest: async () => everySecond(await open(evaluationSplit), 1),
      reductions: [`there are no training images of ${dataset}: half of its split '${evaluationSplit}' replaces them`],
    };
  }
  // Says what is missing.
  if (dataDir !== undefined) await open('train');
  return {
    openTraining: () => standInImages(experiment, 'train', known),
    openTest: () => standInImages(experiment, 'test', known),
    reductions: [`procedural images in place of ${dataset}, because no folder was given with --data-dir`],
  };
}

async function opens(open: () => Promise<ImageSource>): Promise<boolean> {
  try {
    await (await open()).close();
    return true;
  } catch {
    return false;
  }
}

function everySecond(source: ImageSource, first: 0 | 1): ImageSource {
  const count = Math.floor((source.length - first + 1) / 2);
  const half = subset(
    source,
    Array.from({ length: count }, (_, i) => 2 * i + first),
  );
  return { ...half, close: () => source.close() };
}
