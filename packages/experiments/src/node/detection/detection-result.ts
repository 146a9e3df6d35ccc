import { cpus } from 'node:os';
import { bind } from '@rheobase/execution';
import { defaultEnergyModels } from '@rheobase/analysis';
import { analogDetections } from '../../detection/analog-detections.js';
import type { BoxImages } from '../../detection/box-images.js';
import {
  doublingSteps,
  type SpikingDetectionSummary,
  summarizeDetections,
} from '../../detection/spiking-detection-summary.js';
import { spikingDetections } from '../../detection/spiking-detections.js';
import type { DetectionExperiment } from '../experiment/detection-schema.js';
import { type DetectionContext, type DetectionStage, meanApAtHalf } from './detection-stage.js';
import type { DetectionStages } from './detection-stages.js';
import { type Versions, versions } from '../folder/record.js';

/** What a run on a detector came to: every stage on held-out images, then on the test set. Mean AP is at an overlap of 0.5, 0…1. */
export interface DetectionRunResult {
  readonly steps: number;
  readonly seed: number;
  readonly protocol: string;
  readonly images: number;
  /** Of the source network, on the test images. */
  readonly ann: number;
  readonly quantClip: number;
  /** By stage, of spiking networks. */
  readonly stages: Readonly<Record<string, SpikingDetectionSummary>>;
  readonly validation: Readonly<Record<string, number>>;
  /** By stage, in all processes that had a part in it; `test` is the end, and `total` the sum. */
  readonly seconds: Readonly<Record<string, number>>;
  /** The stage whose network is the run's: the best on held-out images. */
  readonly network: string;
  readonly reason: string;
  /** What a smoke run made smaller, in words; absent for any other run. */
  readonly smoke?: readonly string[];
  /** Of every stage's network file, and of the images with their annotations, by what they were for. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly versions: Versions;
  readonly processor: string;
}

/** Measures a detector's stages on the test images, every choice made. */
export async function detectionResult(
  context: DetectionContext,
  { source, folded, quantClip, spiking, best }: DetectionStages,
  { energy, reason }: Pick<DetectionExperiment, 'energy' | 'reason'>,
  test: BoxImages,
  {
    smoke,
    hashes,
  }: { readonly smoke: readonly string[] | undefined; readonly hashes: Readonly<Record<string, string>> },
): Promise<DetectionRunResult> {
  const begun = performance.now();
  const { steps, seed, detector, protocol, onProgress } = context;
  const { classes } = detector.spec;
  const { model, firstLayer, readOut } = energy;
  const counting = { model: defaultEnergyModels.get(model), boundary: { firstLayer, readOut } };
  const stages = new Map<string, SpikingDetectionSummary>();
  const reference = bind(folded);
  try {
    const ann = protocol.evaluate(await analogDetections(reference, detector, test), classes).meanApAtHalf;
    for (const { name, network } of spiking) {
      const engine = await context.startEngine(network);
      try {
        const found = await spikingDetections(engine, detector, test, {
          steps,
          readAt: doublingSteps(steps),
          reference,
          onBatch: (done) =>
            onProgress?.({ task: `test of ${name}`, done, total: test.count, unit: 'images', note: '' }),
        });
        stages.set(name, summarizeDetections(network, found, { protocol, classes, counting }));
      } finally {
        await engine.dispose();
      }
    }
    const quantized = await meanApAtHalf({ ...context, heldOut: test }, quantClip.network);
    const everyStage = [source, quantClip, ...spiking];
    return {
      steps,
      seed,
      protocol: protocol.name,
      images: test.count,
      ann,
      quantClip: quantized,
      stages: Object.fromEntries(stages),
      validation: Object.fromEntries(everyStage.map(({ name, meanApAtHalf: value }) => [name, value])),
      seconds: secondsOf(everyStage, (performance.now() - begun) / 1000),
      network: best.name,
      reason,
      ...(smoke !== undefined && { smoke }),
      sha256: { ...Object.fromEntries(everyStage.map(({ name, sha256 }) => [name, sha256])), ...hashes },
      versions: await versions(),
      processor: cpus()[0]?.model ?? 'unknown',
    };
  } finally {
    reference.dispose();
  }
}

function secondsOf(stages: readonly DetectionStage[], test: number): Readonly<Record<string, number>> {
  const total = stages.reduce((sum, { seconds }) => sum + seconds, test);
  return { ...Object.fromEntries(stages.map(({ name, seconds }) => [name, seconds])), test, total };
}
