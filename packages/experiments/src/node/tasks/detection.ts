import { defaultEnergyModels } from '@rheobase/analysis';
import { boxBatches, type BoxSource } from '@rheobase/datasets';
import type { ApProtocol, Detector, JudgedImage } from '@rheobase/detection';
import { bind } from '@rheobase/execution';
import { type ImageBatch, isSpiking, type Network } from '@rheobase/network';
import { z } from 'zod';
import { analogDetections } from '../../detection/analog-detections.js';
import { assertHasObjects, type BoxImages } from '../../detection/box-images.js';
import { doublingSteps, summarizeDetections } from '../../detection/spiking-detection-summary.js';
import { spikingDetections } from '../../detection/spiking-detections.js';
import { splitBoxes } from '../detection/split-boxes.js';
import type { DetectionExperiment } from '../experiment/detection-schema.js';
import type { ReadImages } from '../folder/image-hashes.js';
import { openedAndSplit, type Scoring, type SplitImages, type Task } from '../runner/task.js';
import type { ImageOpeners } from './classification.js';

/** What JSON has for a figure that is none. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const analogFigures = z.strictObject({
  kind: z.literal('analog'),
  meanApAtHalf: figure,
  images: z.number(),
  seconds: z.number(),
});

const spikingFigures = z.strictObject({
  kind: z.literal('spiking'),
  meanApAtHalf: figure,
  protocol: z.string(),
  images: z.number(),
  macsPerImage: z.number(),
  denseMacsPerImage: z.number(),
  at: z.array(
    z.strictObject({
      steps: z.number(),
      meanApAtHalf: figure,
      meanAp: figure,
      distance: figure.optional(),
      firingRate: figure,
      sopsPerImage: figure,
      energyRatio: figure,
    }),
  ),
  firingRates: z.record(z.string(), figure),
  seconds: z.number(),
});

const detectionFigures = z.discriminatedUnion('kind', [analogFigures, spikingFigures]);

/** What a detector does on the test set. Mean AP is at an overlap of 0.5, 0…1. */
export type DetectionFigures = z.output<typeof detectionFigures>;

/** The training images of a detector by purpose. */
export interface DetectionSplit extends SplitImages<BoxImages> {
  readonly training: BoxSource;
  /** Images for calibration and for early stopping. */
  readonly calibration: ImageBatch;
  readonly earlyStopping: ImageBatch;
  readonly sources: Readonly<Record<'training' | 'heldOut' | 'calibration' | 'earlyStopping', ReadImages>>;
  readonly classNames: readonly string[];
}

/** Which images objects are found on, and how they are judged. */
export interface DetectionChoice extends ImageOpeners<BoxSource>, Pick<BoxImages, 'normalization' | 'fit'> {
  readonly detector: Detector;
  readonly protocol: ApProtocol;
  readonly data: DetectionExperiment['data'];
  readonly seed: number;
  readonly energy: DetectionExperiment['energy'];
}

/** Finding objects in images: networks are scored by their mean AP at an overlap of 0.5. */
export function detection({
  openTraining,
  openTest,
  normalization,
  fit,
  detector,
  protocol,
  data,
  seed,
  energy,
}: DetectionChoice): Task<BoxImages, DetectionSplit, DetectionFigures> {
  const { classes } = detector.spec;
  const imagesOf = (source: BoxSource, count = source.length): BoxImages => ({
    normalization,
    fit,
    size: detector.size,
    batchSize: 16,
    source,
    count: Math.min(count, source.length),
  });
  const judgedBy = (judged: readonly JudgedImage[]): number => protocol.evaluate(judged, classes).meanApAtHalf;
  const split = async (source: BoxSource): Promise<DetectionSplit> => {
    const parts = splitBoxes(source, { ...data, seed });
    const heldOut = imagesOf(parts.heldOut);
    assertHasObjects(heldOut, protocol);
    const { training, calibration, earlyStopping } = parts;
    return {
      training,
      heldOut,
      calibration: await inMemory(imagesOf(calibration)),
      earlyStopping: await inMemory(imagesOf(earlyStopping)),
      sources: {
        training: whole(training),
        heldOut: whole(parts.heldOut),
        calibration: whole(calibration),
        earlyStopping: whole(earlyStopping),
      },
      classNames: source.classNames,
    };
  };
  return {
    dataset: data.dataset,
    normalization: normalization.name,
    score: 'MeanApAtHalf',
    open: () => openedAndSplit(openTraining, split),
    hashed: ({ sources }) => sources,
    openTest: async () => {
      const test = imagesOf(await openTest(), data.testImages);
      assertHasObjects(test, protocol);
      return test;
    },
    test: { images: data.testImages ?? null, energy: { ...energy, protocol: protocol.name } },
    figures: detectionFigures,
    inMetrics: ({ meanApAtHalf, images, seconds }) => ({ meanApAtHalf, images, seconds }),
    validate: async (network, images, scoring) => {
      const judged = isSpiking(network)
        ? ((await spiking(network, images, scoring)).judgedAt.get(scoring.steps) ?? [])
        : await analog(network, images, scoring);
      const score = judgedBy(judged);
      return { score: Number.isNaN(score) ? 0 : score, images: images.count };
    },
    measure: async (network, images, scoring, source) => {
      const start = performance.now();
      const seconds = (): number => (performance.now() - start) / 1000;
      if (!isSpiking(network)) {
        const meanApAtHalf = judgedBy(await analog(network, images, scoring));
        return { kind: 'analog', meanApAtHalf, images: images.count, seconds: seconds() };
      }
      const { model, firstLayer, readOut } = energy;
      const counting = { model: defaultEnergyModels.get(model), boundary: { firstLayer, readOut } };
      const found = await spiking(network, images, scoring, source);
      const summary = summarizeDetections(network, found, { protocol, classes, counting });
      const at = summary.at.map((step) => ({ ...step }));
      const meanApAtHalf = at.at(-1)?.meanApAtHalf ?? Number.NaN;
      return { kind: 'spiking', ...summary, at, meanApAtHalf, seconds: seconds() };
    },
  };

  async function analog(
    network: Network,
    images: BoxImages,
    { registries, onImages }: Scoring,
  ): Promise<readonly JudgedImage[]> {
    const bound = bind(network, registries);
    try {
      return await analogDetections(bound, detector, images, { onBatch: onImages });
    } finally {
      bound.dispose();
    }
  }

  /** @param source whose maps the spiking ones are compared with; without it, boxes are read after all T steps alone */
  async function spiking(
    network: Network,
    images: BoxImages,
    { steps, startEngine, registries, onImages }: Scoring,
    source?: Network,
  ): ReturnType<typeof spikingDetections> {
    const engine = await startEngine(network);
    const reference = source && bind(source, registries);
    try {
      return await spikingDetections(engine, detector, images, {
        steps,
        ...(reference && { readAt: doublingSteps(steps), reference }),
        onBatch: onImages,
      });
    } finally {
      reference?.dispose();
      await engine.dispose();
    }
  }
}

async function inMemory({ source, count, ...look }: BoxImages): Promise<ImageBatch> {
  for await (const { images, shape } of boxBatches(source, { ...look, batchSize: count })) return { shape, images };
  throw new Error(`${source.name}: there are no images.`);
}

function whole(source: BoxSource): ReadImages {
  return { source, count: source.length };
}
