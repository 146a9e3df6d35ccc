import type { Network } from '@rheobase/network';
import { z } from 'zod';

/** Accuracy on the held-out training images, 0…1: what every choice is made by. */
const validation = z.strictObject({
  accuracy: z.number(),
  images: z.number(),
  /** After each time step, of spiking networks. */
  accuracyAt: z.record(z.string(), z.number()).optional(),
});

export const stageRecord = z.strictObject({
  sha256: z.string(),
  validation,
  /** What the stage tells of itself: epochs, sites. */
  details: z.record(z.string(), z.json()),
  seconds: z.number(),
});

export type StageDetails = z.output<typeof stageRecord>['details'];

/** A stage of a run that is done. */
export interface FinishedStage {
  readonly name: string;
  readonly network: Network;
  /** Of its file in the run's folder. */
  readonly sha256: string;
  readonly validation: z.output<typeof validation>;
  readonly details: StageDetails;
  /** What it took, in all processes that had a part in it, the held-out images included. */
  readonly seconds: number;
}

/** A stage as the result tells of it, with the name that it has there. */
export interface NamedStage {
  readonly name: string;
  readonly stage: FinishedStage;
}
