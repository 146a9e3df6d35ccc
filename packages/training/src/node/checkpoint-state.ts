import { z } from 'zod';
import { decodeKeptState } from './kept-state.js';

/** Raised when the fields change; a reader refuses what it does not know. */
export const formatVersion = 1;

const count = z.int().min(0);
const setting = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const epochRecord = z.strictObject({
  epoch: count,
  loss: z.number(),
  learningRate: z.number(),
  score: z.number().optional(),
});

/** An epoch's `learningRate` was called `rate` in earlier checkpoints. */
function withPresentName(record: unknown): unknown {
  if (typeof record !== 'object' || record === null || !('rate' in record) || 'learningRate' in record) return record;
  const { rate: learningRate, ...others } = record;
  return { ...others, learningRate };
}

/** The contents of a checkpoint's file apart from its arrays, with fields in the order in which they are written. */
const checkpointState = z.strictObject({
  version: z.literal(formatVersion),
  fingerprint: z.record(z.string(), setting),
  position: z.strictObject({ epoch: count, images: count, batchOfEpoch: count, lossSum: z.number() }),
  /** Of xoroshiro128+. */
  randomState: z.array(z.int()).length(4),
  history: z.array(z.preprocess(withPresentName, epochRecord)),
  optimizer: z.strictObject({ steps: count }),
  average: z.strictObject({ updates: count }).optional(),
  best: z.strictObject({ epoch: count, score: z.number() }).optional(),
});

/**
 * The state that a checkpoint's JSON says.
 *
 * @throws as {@link decodeKeptState} does.
 */
export function decodeState(text: string, source: string): z.output<typeof checkpointState> {
  return decodeKeptState(text, checkpointState, {
    source,
    what: 'checkpoint',
    version: formatVersion,
    writer: '@rheobase/training',
  });
}
