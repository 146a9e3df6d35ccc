import { z } from 'zod';
import { forget, recall, remember } from './remembered.js';

const seconds = z.number().min(0);
const origin = 'work clock';
const betweenNotes = 5000;

/** Time that some work takes, over all processes that had a part in it. */
export interface WorkClock {
  /** Records the time periodically; cheap to call often. */
  tick(): void;
  /** All of it so far, in seconds. */
  seconds(): number;
  /** Ends the notes: the last one is written, or none is left where the work is done. */
  stop(done: boolean): Promise<void>;
}

/**
 * Goes on counting from what the file notes. A process that was killed loses what it did after its last note, a few seconds.
 */
export async function workClock(file: string): Promise<WorkClock> {
  const before = (await recall(file, origin, seconds)) ?? 0;
  const start = performance.now();
  const total = (): number => before + (performance.now() - start) / 1000;
  let noted = start;
  let writing: Promise<void> = Promise.resolve();
  const note = (): void => {
    // A note that fails is none: the time is not worth the run.
    writing = writing
      .then(() => remember(file, origin, total(), seconds))
      .then(
        () => undefined,
        () => undefined,
      );
  };
  return {
    tick: () => {
      if (performance.now() - noted < betweenNotes) return;
      noted = performance.now();
      note();
    },
    seconds: total,
    stop: async (done) => {
      if (!done) note();
      await writing;
      if (done) await forget(file);
    },
  };
}
