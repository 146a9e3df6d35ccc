import { cpus } from 'node:os';
import type { BoxImages } from '../../detection/box-images.js';
import type { DetectionExperiment } from '../experiment/detection-schema.js';
import { type Versions, versions } from '../folder/record.js';
import { secondsOf } from '../runner/finished-stage.js';
import type { MeasuredRun } from '../runner/plan.js';
import type { DetectionFigures, DetectionSplit } from '../tasks/detection.js';

type Spiking = Omit<Extract<DetectionFigures, { readonly kind: 'spiking' }>, 'kind' | 'meanApAtHalf' | 'seconds'>;

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
  readonly stages: Readonly<Record<string, Spiking>>;
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

/** Puts together what a run on a detector found. */
export async function detectionResult(
  run: MeasuredRun<BoxImages, DetectionSplit, DetectionFigures>,
  { reason }: Pick<DetectionExperiment, 'reason'>,
  { protocol, spiking }: { readonly protocol: string; readonly spiking: readonly string[] },
): Promise<DetectionRunResult> {
  const { steps, seed, stage, figures, smoke, hashes } = run;
  const scoreOf = (name: string): number => figures.get(name)?.meanApAtHalf ?? Number.NaN;
  // The source network is the training's, its batch norms folded: listed once.
  const told = run.stages.filter(({ name }) => name !== 'source');
  return {
    steps,
    seed,
    protocol,
    images: figures.get('source')?.images ?? 0,
    ann: scoreOf('source'),
    quantClip: scoreOf('quantClip') || 0,
    stages: Object.fromEntries(
      spiking.flatMap((name) => {
        const found = figures.get(name);
        if (found?.kind !== 'spiking') return [];
        const { kind: _, meanApAtHalf: __, seconds: ___, ...own } = found;
        return [[name, own] as const];
      }),
    ),
    validation: Object.fromEntries(told.map(({ name, validation }) => [name, validation.score])),
    seconds: secondsOf(told, figures.values()),
    network: stage({ bestOf: spiking }).name,
    reason,
    ...(smoke !== undefined && { smoke }),
    sha256: { ...Object.fromEntries(told.map(({ name, sha256 }) => [name, sha256])), ...hashes },
    versions: await versions(),
    processor: cpus()[0]?.model ?? 'unknown',
  };
}
