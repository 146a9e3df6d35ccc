import type { BoundNetwork } from '@rheobase/execution';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';
import type { BestState, CheckpointStore, EpochRecord, RunPosition } from './checkpoint.js';
import { assertSameRun } from './checkpoint.js';
import type { Fingerprint } from './fingerprint.js';
import { readVariables, writeVariables } from './named-arrays.js';
import type { Optimizer } from './optimizer.js';
import type { WeightAverage } from './weight-average.js';

/** The progress of a run, apart from the state of its parts. */
export interface RunState {
  readonly position: RunPosition;
  /** Moves on with every micro-batch. */
  readonly random: JumpableRandomGenerator;
  readonly history: readonly EpochRecord[];
  readonly best?: BestState;
}

/** The parts of a run that remember something. */
export interface RunParts {
  readonly bound: BoundNetwork;
  readonly optimizer: Optimizer;
  readonly average: WeightAverage | undefined;
  readonly fingerprint: Fingerprint;
}

export function startOf(epoch: number): RunPosition {
  return { epoch, images: 0, batchOfEpoch: 0, lossSum: 0 };
}

/** A run that has not started. */
export function beginning(seed: number): RunState {
  return { position: startOf(0), random: xoroshiro128plus(seed), history: [] };
}

/**
 * Brings the parts to where the latest checkpoint was taken.
 *
 * @returns how far that is; nothing where no checkpoint was taken yet
 * @throws naming the store, if the checkpoint is of a run with other settings or does not fit the parts.
 */
export async function resume(parts: RunParts, store: CheckpointStore): Promise<RunState | undefined> {
  const kept = await store.load();
  if (kept === undefined) return undefined;
  const { bound, optimizer, average, fingerprint } = parts;
  assertSameRun(store, kept.fingerprint, fingerprint);
  try {
    writeVariables(bound.live, kept.parameters);
    optimizer.importState(kept.optimizer);
    average?.restore(kept.average?.updates ?? 0, kept.average?.parameters ?? new Map());
  } catch (error) {
    throw new Error(`${store.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return {
    position: kept.position,
    random: xoroshiro128plusFromState(kept.randomState),
    history: kept.history,
    ...(kept.best && { best: kept.best }),
  };
}

/** Takes a checkpoint. */
export async function save(parts: RunParts, state: RunState, store: CheckpointStore): Promise<void> {
  const { bound, optimizer, average, fingerprint } = parts;
  const { position, random, history, best } = state;
  await store.save({
    fingerprint,
    position,
    randomState: random.getState(),
    parameters: readVariables(bound.live),
    optimizer: optimizer.exportState(),
    ...(average && { average: { updates: average.updates, parameters: average.read() } }),
    ...(best && { best }),
    history,
  });
}
