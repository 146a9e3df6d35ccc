import type { Network } from '@rheobase/network';
import { z } from 'zod';

/** The score on held-out training images, 0…1: what every choice is made by. */
const validation = z.strictObject({
  score: z.number(),
  images: z.number(),
  /** After each time step, of spiking networks. */
  scoreAt: z.record(z.string(), z.number()).optional(),
});

export type Validation = z.output<typeof validation>;

const present = z.strictObject({
  sha256: z.string(),
  validation,
  /** What the stage reports: epochs, sites. */
  details: z.record(z.string(), z.json()),
  seconds: z.number(),
});

/** As runs on classifiers wrote it before tasks had one record. */
const formerAccuracy = z
  .strictObject({
    ...present.shape,
    validation: z.strictObject({
      accuracy: z.number(),
      images: z.number(),
      accuracyAt: z.record(z.string(), z.number()).optional(),
    }),
  })
  .transform(({ validation: { accuracy: score, images, accuracyAt: scoreAt }, ...rest }) => ({
    ...rest,
    validation: { score, images, ...(scoreAt && { scoreAt }) },
  }));

/** The same of runs on detectors. */
const formerMeanAp = z
  .strictObject({ sha256: z.string(), meanApAtHalf: z.number(), seconds: z.number() })
  .transform(({ meanApAtHalf: score, sha256, seconds }) => ({
    sha256,
    validation: { score, images: 0 },
    details: {},
    seconds,
  }));

export const stageRecord: z.ZodType<z.output<typeof present>> = z.union([present, formerAccuracy, formerMeanAp]);

export type StageDetails = z.output<typeof present>['details'];

/** A stage of a run that is done. */
export interface FinishedStage {
  readonly name: string;
  readonly network: Network;
  /** Of its file in the run's folder. */
  readonly sha256: string;
  readonly validation: Validation;
  readonly details: StageDetails;
  /** What it took, in all processes that had a part in it, the held-out images included. */
  readonly seconds: number;
}

/** A stage in the result, with its name there. */
export interface NamedStage {
  readonly name: string;
  readonly stage: FinishedStage;
}

/** The stage with the highest score on the held-out images, the first of several. */
export function bestOf(stages: readonly FinishedStage[]): FinishedStage | undefined {
  return stages.reduce<FinishedStage | undefined>(
    (best, stage) => (best === undefined || stage.validation.score > best.validation.score ? stage : best),
    undefined,
  );
}

/** What a run took by stage; `test` is the end, and `total` the sum. */
export function secondsOf(
  stages: readonly FinishedStage[],
  figures: Iterable<{ readonly seconds: number }>,
): Readonly<Record<string, number>> {
  const test = [...figures].reduce((sum, { seconds }) => sum + seconds, 0);
  const total = stages.reduce((sum, { seconds }) => sum + seconds, test);
  return { ...Object.fromEntries(stages.map(({ name, seconds }) => [name, seconds])), test, total };
}
