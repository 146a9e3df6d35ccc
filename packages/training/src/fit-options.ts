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
  readonly learningRate: number;
  /** Lately; reading the images included, validation and checkpoints not. */
  readonly imagesPerSecond: number;
  /** Until the last batch, at that pace. */
  readonly secondsLeft: number;
}

/** Where a run is saved, to be resumed. */
export interface CheckpointOptions {
  readonly store: CheckpointStore;
  /** Batches between checkpoints within an epoch; default: checkpoints only at the end of each epoch. */
  readonly everyBatches?: number;
}

export interface FitOptions {
  readonly epochs: number;
  /** Learning rate over the whole of training. */
  readonly schedule: Schedule;
  /** Default: cross-entropy with the labels. */
  readonly loss?: Loss;
  /** What a loss that distils learns from. */
  readonly teacher?: Teacher;
  /** Default: SGD with momentum 0.9. */
  readonly optimizer?: OptimizerDefinition;
  /** Which parameters train; default: all except the statistics of batch norms. */
  readonly trains?: ParameterChoice;
  /**
   * Factors on the gradients of parameters, by name, before `clipNorm`; 1 for those that are not named. `stepSizeScales` has those of learned
   * thresholds.
   */
  readonly gradientScales?: ReadonlyMap<string, number>;
  /** Gradients are shortened to this global norm where theirs is larger. */
  readonly clipNorm?: number;
  /**
   * Images whose gradient is computed at once; default: the whole batch. Gradients of a batch's micro-batches are summed in
   * their order; batch norms see one micro-batch at a time, and their running statistics follow each.
   */
  readonly microBatch?: number;
  /** How logits are computed; default: `analogForward()`, `spikingForward({ steps })` for a spiking network. */
  readonly forward?: Forward;
  /** Share of each micro-batch's statistics in the running ones of batch norms; default: 0.1. */
  readonly statisticsMomentum?: number;
  /** Keeps an average of the weights, with this decay; it is validated and kept instead of them. */
  readonly averageDecay?: number;
  /** Scores the network after each epoch, the higher the better: `heldOutAccuracy` is one such. */
  readonly validate?: (bound: BoundNetwork) => number | Promise<number>;
  /** Epochs in a row without a higher score, after which training ends; needs `validate`. Default: none, all epochs are done. */
  readonly patience?: number;
  /** Which weights the network has in the end: those with the highest score (the default with `validate`), or the last. */
  readonly keep?: 'best' | 'last';
  /** Saves the run, and resumes it if it was started before. */
  readonly checkpoints?: CheckpointOptions;
  /** Settings of the caller's own, such as the data set: a checkpoint with others is refused. */
  readonly configuration?: Description;
  /** Determines the randomness of training apart from the order of images: the noise of activations. */
  readonly seed: number;
  readonly onBatch?: (progress: TrainingProgress) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
  /** Stops training after the batch under way, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Computes the gradients; default: on this thread. `gradientPool` of \@rheobase/training/node uses several. */
  readonly engine?: StartGradientEngine;
}

/** What training came to. */
export interface FitResult {
  /** Whether every epoch was done, or `patience` ran out; false where the signal stopped it. */
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
export function assertInRange(options: FitOptions): void {
  const { epochs, microBatch, statisticsMomentum, clipNorm, gradientScales, checkpoints, patience, validate } = options;
  const check = (name: string, value: number | undefined, range: string, holds: (value: number) => boolean): void => {
    if (value !== undefined && !holds(value))
      throw new Error(`The option '${name}' of fit is ${value}; it must be ${range}.`);
  };
  const counts = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  check('epochs', epochs, 'an integer from 0', (value) => value === 0 || counts(value));
  check('patience', patience, 'an integer from 1', counts);
  if (patience !== undefined && validate === undefined) {
    throw new Error(
      `The option 'patience' of fit is ${patience}, but without 'validate' there are no scores to go by.`,
    );
  }
  check('microBatch', microBatch, 'an integer from 1', counts);
  check('checkpoints.everyBatches', checkpoints?.everyBatches, 'an integer from 1', counts);
  check('statisticsMomentum', statisticsMomentum, 'from 0 to 1', (value) => value >= 0 && value <= 1);
  check('clipNorm', clipNorm, 'positive', (value) => value > 0);
  for (const [parameter, scale] of gradientScales ?? []) {
    check(`gradientScales of '${parameter}'`, scale, 'positive and finite', (value) => value > 0 && value < Infinity);
  }
}
