import { someOf } from '@rheobase/network';
import type { Fingerprint } from './fingerprint.js';
import { differences } from './fingerprint.js';
import type { NamedArrays } from './named-arrays.js';
import type { OptimizerState } from './optimizer.js';

/** What came of an epoch. */
export interface EpochRecord {
  /** From 0. */
  readonly epoch: number;
  /** Mean over the epoch's images, each at the weights of its time. */
  readonly loss: number;
  /** Learning rate of the epoch's last step. */
  readonly learningRate: number;
  /** What `validate` gave, where there is one. */
  readonly score?: number;
}

/** The parameters with the highest score so far. */
export interface BestState {
  readonly epoch: number;
  readonly score: number;
  readonly parameters: NamedArrays;
}

/** How far a run is. */
export interface RunPosition {
  /** From 0. */
  readonly epoch: number;
  /** Images of the epoch that are done. */
  readonly images: number;
  /** Batches of the epoch that are done. */
  readonly batchOfEpoch: number;
  /** Sum of the losses of the epoch's images so far. */
  readonly lossSum: number;
}

/** Everything that a run needs to resume as if it had never stopped. */
export interface Checkpoint {
  readonly fingerprint: Fingerprint;
  readonly position: RunPosition;
  /** State of the generator (xoroshiro128+) of noise. */
  readonly randomState: readonly number[];
  readonly parameters: NamedArrays;
  readonly optimizer: OptimizerState;
  /** Averaged weights, if there are any. */
  readonly average?: { readonly updates: number; readonly parameters: NamedArrays };
  readonly best?: BestState;
  readonly history: readonly EpochRecord[];
}

/** Where the latest checkpoint of a run is stored. `fileCheckpoints` of \@rheobase/training/node is one. */
export interface CheckpointStore {
  /** For messages: the file, for one. */
  readonly name: string;
  /** The latest checkpoint, if there is one. */
  load(): Promise<Checkpoint | undefined>;
  /** Saves a checkpoint in place of the previous one, completely or not at all. */
  save(checkpoint: Checkpoint): Promise<void>;
}

/** Of two runs, in a message. */
const shownDifferences = 6;

/**
 * Refuses a checkpoint of another run.
 *
 * @throws naming the fields that differ, and both values.
 */
export function assertSameRun(store: CheckpointStore, kept: Fingerprint, present: Fingerprint): void {
  const differing = differences(kept, present);
  if (differing.length > 0) {
    const { shown, left } = someOf(differing, shownDifferences);
    const rest = left > 0 ? `; and ${left} more` : '';
    throw new Error(
      `${store.name}: this checkpoint is of a run with other settings: ${shown.join('; ')}${rest}. ` +
        'Resume with the settings that it was started with, or save the new run elsewhere.',
    );
  }
}
