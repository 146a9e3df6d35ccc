import { z } from 'zod';
import { imagesHash } from '../folder/image-hashes.js';
import { recall, remember } from '../folder/remembered.js';
import type { FinishedStage } from './finished-stage.js';
import type { Plan, StageMeans } from './plan.js';
import { type ScoredSet, scoringOf, type SplitImages } from './task.js';

/** The test images of a run, which are opened when they are first needed. */
export interface TestImages<Images> {
  /**
   * @throws if the run in the folder was measured on other ones before, naming the set.
   */
  opened(): Promise<{ readonly images: Images; readonly sha256: string }>;
  /** Their SHA-256, where it is known: see `imagesHash`. */
  sha256(): Promise<string | undefined>;
  close(): Promise<void>;
}

export function testImages<Images extends ScoredSet, Split extends SplitImages<Images>, Figures>(
  { task }: Pick<Plan<Images, Split, Figures, object>, 'task'>,
  { folder }: Pick<StageMeans<unknown>, 'folder'>,
): TestImages<Images> {
  const file = folder.recordFile('test-images');
  const from = { dataset: task.dataset, images: task.test.images, of: 'files' };
  let images: Images | undefined;
  let read: Promise<{ readonly images: Images; readonly sha256: string }> | undefined;
  const known = (): Promise<string | undefined> => recall(file, from, z.string());
  const open = async () => {
    images = await task.openTest();
    const before = await known();
    const sha256 = await imagesHash(images);
    if (before === undefined) await remember(file, from, sha256, z.string());
    else if (before !== sha256) {
      throw new Error(
        `${folder.path}: the test images of ${task.dataset} have changed since this run first used them ` +
          `(SHA-256 ${before}, now ${sha256}). Restore them, or choose another folder with --out.`,
      );
    }
    return { images, sha256 };
  };
  return {
    opened: () => (read ??= open()),
    sha256: known,
    close: async () => images?.source.close(),
  };
}

/** Measures stages on the test images. Nothing is chosen by what it finds, so it comes after every choice. */
export async function measureOnTest<Images extends ScoredSet, Split extends SplitImages<Images>, Figures>(
  { task, measured, source }: Plan<Images, Split, Figures, object>,
  means: StageMeans<Split>,
  test: TestImages<Images>,
): Promise<ReadonlyMap<string, Figures>> {
  const { folder } = means;
  const figures = new Map<string, Figures>();
  for (const name of measured) {
    const stage = means.stage(name);
    const from = { network: stage.sha256, dataset: task.dataset, ...task.test };
    const file = folder.recordFile(`test-${name}`);
    const known = await recall(file, from, task.figures);
    const found = known ?? (await remember(file, from, await measure(stage), task.figures));
    figures.set(name, found);
    if (known === undefined) folder.metrics.note(`test of ${name}`, { event: 'done', ...task.inMetrics(found) });
  }
  return figures;

  async function measure({ name, network }: FinishedStage): Promise<Figures> {
    const { images } = await test.opened();
    const scoring = scoringOf(
      means,
      (progress) => means.onProgress?.({ task: `test of ${name}`, ...progress }),
      images.count,
      'test',
    );
    const analog = source === undefined ? undefined : means.stage(source).network;
    return task.measure(network, images, scoring, analog);
  }
}
