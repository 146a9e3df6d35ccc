import type { BoundNetwork } from '@rheobase/execution';
import type { CheckpointStore, EpochRecord } from './checkpoint.js';
import type { Description } from './description.js';
import type { Forward } from './forward.js';
import type { StartGradientEngine } from './gradient-engine.js';
import type { Loss } from './loss.js';
import type { OptimizerDefinition } from './optimizer.js';
import type { Schedule } from './schedule.js';
import type { Teacher } from './teacher.js';
import type { ParameterChoice } from './trainables.js';

/** How far training is, after each batch. */
export interface TrainingProgress {
  /** From 0. */
  readonly epoch: number;
  /** Batches done, over all epochs. */
  readonly batch: number;
  readonly batches: number;
  /** Loss of this batch. */
  readonly loss: number;
  readonly rate: number;
  /** Lately; reading the images included, validation and checkpoints not. */
  readonly imagesPerSecond: number;
  /** Until the last batch, at that pace. */
  readonly secondsLeft: number;
}

/** Where a run is kept, to be resumed. */
export interface CheckpointOptions {
  readonly store: CheckpointStore;
  /** A checkpoint after so many batches, besides those at the end of each epoch; none in between unless given. */
  readonly everyBatches?: number;
}

export interface FitOptions {
  readonly epochs: number;
  /** Learning rate over the whole of training. */
  readonly schedule: Schedule;
  /** Cross-entropy with the labels unless given. */
  readonly loss?: Loss;
  /** What a loss that distils learns from. */
  readonly teacher?: Teacher;
  /** SGD with momentum 0.9 unless given. */
  readonly optimizer?: OptimizerDefinition;
  /** Which parameters train; all but the statistics of batch norms unless given. */
  readonly trains?: ParameterChoice;
  /** Gradients are shortened to this global norm where theirs is larger. */
  readonly clipNorm?: number;
  /**
   * Images whose gradient is taken at one go; the whole batch unless given. Gradients of a batch's micro-batches are summed in
   * their order; batch norms see one micro-batch at a time, and their running statistics follow each.
   */
  readonly microBatch?: number;
  /** How logits are computed; default: `analogForward()`, `spikingForward({ steps })` for a spiking network. */
  readonly forward?: Forward;
  /** Share of each micro-batch's statistics in the running ones of batch norms; default: 0.1. */
  readonly statisticsMomentum?: number;
  /** Keeps an average of the weights, with this decay; it is validated and kept in their place. */
  readonly averageDecay?: number;
  /** Scores the network after each epoch, the higher the better: `heldOutAccuracy` is one such. */
  readonly validate?: (bound: BoundNetwork) => number | Promise<number>;
  /** Which weights the network has in the end: those with the highest score (the default with `validate`), or the last. */
  readonly keep?: 'best' | 'last';
  /** Keeps the run, and resumes it if it was begun. */
  readonly checkpoints?: CheckpointOptions;
  /** Settings of the caller's own, such as the data set: a checkpoint with others is refused. */
  readonly configuration?: Description;
  /** Settles what is random in training besides the order of images: the noise of activations. */
  readonly seed: number;
  readonly onBatch?: (progress: TrainingProgress) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
  /** Stops training after the batch under way, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Takes the gradients; on this thread unless given. `gradientPool` of \@rheobase/training/node takes them on several. */
  readonly engine?: StartGradientEngine;
}

/** What training came to. */
export interface FitResult {
  /** Whether every epoch was done; false where the signal stopped it. */
  readonly completed: boolean;
  readonly history: readonly EpochRecord[];
  /** The epoch with the highest score, the first of several. */
  readonly best?: { readonly epoch: number; readonly score: number };
  /** In this process, over all batches; 0 where there were none. */
  readonly imagesPerSecond: number;
}

/**
 * Refuses numbers that no training can go by.
 *
 * @throws naming the option, its value and its range.
 */
export function assertInRange({ epochs, microBatch, statisticsMomentum, clipNorm, checkpoints }: FitOptions): void {
  const check = (name: string, value: number | undefined, range: string, holds: (value: number) => boolean): void => {
    if (value !== undefined && !holds(value))
      throw new Error(`The option '${name}' of fit is ${value}; it must be ${range}.`);
  };
  const counts = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  check('epochs', epochs, 'an integer from 0', (value) => value === 0 || counts(value));
  check('microBatch', microBatch, 'an integer from 1', counts);
  check('checkpoints.everyBatches', checkpoints?.everyBatches, 'an integer from 1', counts);
  check('statisticsMomentum', statisticsMomentum, 'from 0 to 1', (value) => value >= 0 && value <= 1);
  check('clipNorm', clipNorm, 'positive', (value) => value > 0);
}
