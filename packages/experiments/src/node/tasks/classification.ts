import { defaultEnergyModels } from '@rheobase/analysis';
import type { ImageSource, Normalization } from '@rheobase/datasets';
import { isSpiking } from '@rheobase/network';
import { z } from 'zod';
import { networkAccuracy } from '../../analog-accuracy.js';
import { type Images, images } from '../../image-batches.js';
import { spikingNetworkAccuracy } from '../../spiking-accuracy.js';
import { summarize } from '../../spiking-summary.js';
import type { TrainingImages } from '../../training-images.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import { openedAndSplit, type Task } from '../runner/task.js';

const byStep = z.record(z.string(), z.number());

const analogFigures = z.strictObject({
  kind: z.literal('analog'),
  accuracy: z.number(),
  images: z.number(),
  seconds: z.number(),
});

const spikingFigures = z.strictObject({
  kind: z.literal('spiking'),
  /** Absent in runs from before tables said it. */
  spikes: z.enum(['binary', 'signed', 'several values', 'custom']).optional(),
  accuracy: z.number(),
  accuracyAt: byStep,
  images: z.number(),
  steps: z.number(),
  sopsPerImage: z.number(),
  sopsPerImageAt: byStep,
  /** Absent in runs from before it was counted. */
  spikeBitsPerImage: z.number().optional(),
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

/** How energy is counted by default. */
export const usualEnergy: Experiment['energy'] = { model: 'horowitz-45nm', firstLayer: 'once', readOut: 'counted' };

/** Where the images of a run come from. */
export interface ImageOpeners<Source = ImageSource> {
  /** Opens the training images of the data set. */
  readonly openTraining: () => Promise<Source>;
  /** Opens its test images; called after every choice was made. */
  readonly openTest: () => Promise<Source>;
}

/** Which images are classified, and how. */
export interface ClassificationChoice<Split> extends ImageOpeners, Pick<Task<Images, never, never>, 'dataset'> {
  readonly normalization: Normalization;
  readonly split: (source: ImageSource) => Promise<Split>;
  readonly hashed: Task<Images, Split & TrainingImages, TestFigures>['hashed'];
  /** The number of test images, from the first. */
  readonly testImages?: number | undefined;
  readonly energy: Experiment['energy'];
}

/** Telling classes of images apart: networks are scored by their accuracy. */
export function classification<Split extends TrainingImages>({
  dataset,
  normalization,
  openTraining,
  openTest,
  split,
  hashed,
  testImages: limit,
  energy,
}: ClassificationChoice<Split>): Task<Images, Split, TestFigures> {
  return {
    dataset,
    normalization: normalization.name,
    score: 'Accuracy',
    open: () => openedAndSplit(openTraining, split),
    hashed,
    openTest: async () => images(await openTest(), normalization, { limit, mostAtOnce: 100 }),
    test: { images: limit ?? null, energy },
    figures: testFigures,
    inMetrics: ({ accuracy, images: count, seconds }) => ({ accuracy, images: count, seconds }),
    validate: async (network, given, { steps, startEngine, registries, onImages }) => {
      const onBatch = (seen: { readonly images: number; readonly accuracy: number }): void =>
        onImages(seen.images, seen.accuracy);
      if (!isSpiking(network)) {
        const { accuracy: score, images: count } = await networkAccuracy(network, given, onBatch, registries);
        return { score, images: count };
      }
      const { correctAt, images: count } = await spikingNetworkAccuracy(network, given, steps, startEngine, onBatch);
      const scoreAt = Object.fromEntries(correctAt.map((correct, i) => [String(i + 1), correct / count]));
      return { score: (correctAt.at(-1) ?? 0) / count, images: count, scoreAt };
    },
    measure: async (network, given, { steps, startEngine, registries, onImages }) => {
      const start = performance.now();
      const seconds = (): number => (performance.now() - start) / 1000;
      const onBatch = (seen: { readonly images: number; readonly accuracy: number }): void =>
        onImages(seen.images, seen.accuracy);
      if (!isSpiking(network)) {
        const { accuracy, images: count } = await networkAccuracy(network, given, onBatch, registries);
        return { kind: 'analog', accuracy, images: count, seconds: seconds() };
      }
      const { model, firstLayer, readOut } = energy;
      const boundary = { firstLayer, readOut };
      const counting = { model: defaultEnergyModels.get(model), boundary, neurons: registries.neurons };
      const simulated = await spikingNetworkAccuracy(network, given, steps, startEngine, onBatch);
      const { imagesPerSecond: _, energy: terms, ...figures } = summarize(network, simulated, counting);
      return { kind: 'spiking', ...figures, energy: { ...terms }, seconds: seconds() };
    },
  };
}
