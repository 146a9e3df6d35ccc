import type { BoundNetwork } from '@rheobase/execution';
import { constantRate, fit, type FitOptions, sgd } from '@rheobase/training';
import type { TrainingBatch, TrainingStep } from './training-task.js';
import { momentum } from './training-task.js';

/** So low that a network, and how often its neurons fire, stays as it is. */
const learningRate = 1e-8;

/** Training steps of one endless run of `fit`, always on the same batch: threads are started once. */
export function steadyTraining(
  bound: BoundNetwork,
  batch: TrainingBatch,
  options: Pick<FitOptions, 'forward' | 'engine' | 'microBatch'>,
): TrainingStep {
  const wanted = signals();
  const done = signals();
  const source = {
    batchesPerEpoch: Number.MAX_SAFE_INTEGER,
    async *epoch() {
      for (;;) {
        await wanted.next();
        yield batch;
      }
    },
  };
  const end = fit(bound, source, {
    ...options,
    epochs: 1,
    schedule: constantRate(learningRate),
    optimizer: sgd({ momentum }),
    seed: 0,
    onBatch: done.give,
  });
  return async () => {
    wanted.give();
    await Promise.race([done.next(), end]);
  };
}

/** Signals that are waited for one after the other. */
function signals(): { give(): void; next(): Promise<void> } {
  const waiting: (() => void)[] = [];
  let given = 0;
  return {
    give: () => {
      const resolve = waiting.shift();
      if (resolve === undefined) given++;
      else resolve();
    },
    next: () => {
      if (given === 0) return new Promise((resolve) => waiting.push(resolve));
      given--;
      return Promise.resolve();
    },
  };
}
