import { defaultEnergyModels } from '@rheobase/analysis';
import type { ImageSource } from '@rheobase/datasets';
import { isSpiking } from '@rheobase/network';
import { z } from 'zod';
import { networkAccuracy } from '../../analog-accuracy.js';
import { type Images, images } from '../../image-batches.js';
import { spikingNetworkAccuracy } from '../../spiking-accuracy.js';
import { tensorEngine } from '../../spiking-engine.js';
import { summarize } from '../../spiking-summary.js';
import { imagesHash } from '../folder/image-hashes.js';
import { type Origin, recall, remember } from '../folder/remembered.js';
import type { RunFolder } from '../folder/run-folder.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import type { StageContext } from './run.js';
import type { FinishedStage } from './finished-stage.js';
import { accuracyReport } from './stage.js';

const byStep = z.record(z.string(), z.number());

const analogFigures = z.strictObject({
  kind: z.literal('analog'),
  accuracy: z.number(),
  images: z.number(),
  seconds: z.number(),
});

const spikingFigures = z.strictObject({
  kind: z.literal('spiking'),
  accuracy: z.number(),
  accuracyAt: byStep,
  images: z.number(),
  steps: z.number(),
  sopsPerImage: z.number(),
  sopsPerImageAt: byStep,
  macsPerImage: z.number(),
  denseMacsPerImage: z.number(),
  energyRatio: z.number(),
  energyRatioAt: byStep,
  energy: z.record(z.string(), z.unknown()),
  firingRate: z.number(),
  firingRateAt: byStep,
  firingRates: byStep,
  seconds: z.number(),
});

const testFigures = z.discriminatedUnion('kind', [analogFigures, spikingFigures]);

/** What a network does on the test set. Fractions are 0…1; records are keyed by t. */
export type TestFigures = z.output<typeof testFigures>;

/** Which test images, and how energy is counted on them. */
export interface TestChoice {
  readonly dataset: string;
  /** Opens them; called for the first network that was not measured yet. */
  readonly open: () => Promise<ImageSource>;
  /** Only the first so many. */
  readonly limit?: number | undefined;
  readonly energy: Experiment['energy'];
}

/** What networks do on the test set, by stage. */
export interface TestOutcome {
  readonly figures: ReadonlyMap<string, TestFigures>;
  /** SHA-256 of the images, where it is known: see `imagesHash`. */
  readonly sha256?: string;
}

/**
 * Measures stages on the test set. Nothing is chosen by what it finds, so it comes after every choice.
 */
export async function measureOnTest(
  run: StageContext,
  stages: readonly FinishedStage[],
  test: TestChoice,
): Promise<TestOutcome> {
  const { folder } = run;
  const { dataset, limit, energy } = test;
  let opened: Images | undefined;
  let sha256 = await recall(hashFile(folder), hashedBy(test), z.string());
  try {
    const figures = new Map<string, TestFigures>();
    for (const stage of stages) {
      const from = { network: stage.sha256, dataset, images: limit ?? null, energy };
      const file = folder.recordFile(`test-${stage.name}`);
      const known = await recall(file, from, testFigures);
      if (known === undefined && opened === undefined) {
        opened = await opening(run, test);
        sha256 = await testImagesHash(folder, test, opened);
      }
      const found = known ?? (opened && (await measure(run, stage, opened, energy)));
      if (found === undefined) throw new Error(`There are no test images for '${stage.name}'.`);
      const measured = known ?? (await remember(file, from, found, testFigures));
      if (known === undefined) {
        const { accuracy, images: count, seconds } = measured;
        folder.metrics.note(`test of ${stage.name}`, { event: 'done', accuracy, images: count, seconds });
      }
      figures.set(stage.name, measured);
    }
    return { figures, ...(sha256 !== undefined && { sha256 }) };
  } finally {
    await opened?.source.close();
  }
}

type TestImages = Pick<TestChoice, 'dataset' | 'limit'>;

const hashFile = (folder: RunFolder): string => folder.recordFile('test-images');
const hashedBy = ({ dataset, limit }: TestImages): Origin => ({ dataset, images: limit ?? null, of: 'files' });

/**
 * SHA-256 of the test images.
 *
 * @throws if the run in the folder was measured on other ones before, naming the set.
 */
export async function testImagesHash(folder: RunFolder, test: TestImages, images: Images): Promise<string> {
  const before = await recall(hashFile(folder), hashedBy(test), z.string());
  const sha256 = await imagesHash(images);
  if (before === undefined) await remember(hashFile(folder), hashedBy(test), sha256, z.string());
  else if (before !== sha256) {
    throw new Error(
      `${folder.path}: the test images of ${test.dataset} have changed since this run was first measured on them ` +
        `(SHA-256 ${before}, now ${sha256}). Restore them, or choose another folder with --out.`,
    );
  }
  return sha256;
}

async function opening({ images: { normalization } }: StageContext, { open, limit }: TestChoice): Promise<Images> {
  return images(await open(), normalization, { limit, mostAtOnce: 100 });
}

async function measure(
  run: StageContext,
  { name, network }: FinishedStage,
  given: Images,
  energy: Experiment['energy'],
): Promise<TestFigures> {
  const { steps } = run;
  const report = accuracyReport(
    run,
    (progress) => run.onProgress?.({ task: `test of ${name}`, ...progress }),
    given.count,
    'test',
  );
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  if (!isSpiking(network)) {
    const { accuracy, images: count } = await networkAccuracy(network, given, report);
    return { kind: 'analog', accuracy, images: count, seconds: seconds() };
  }
  const { engine = tensorEngine } = run;
  const { model, firstLayer, readOut } = energy;
  const counting = { model: defaultEnergyModels.get(model), boundary: { firstLayer, readOut } };
  const simulated = await spikingNetworkAccuracy(network, given, steps, engine, report);
  const { imagesPerSecond: _, energy: terms, ...figures } = summarize(network, simulated, counting);
  return { kind: 'spiking', ...figures, energy: { ...terms }, seconds: seconds() };
}
