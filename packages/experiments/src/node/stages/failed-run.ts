import type { RunFolder } from '../folder/run-folder.js';
import { StoppedEarly } from './training-session.js';

/** Notes in a run's folder that the run has failed, and why; one that a signal has stopped has not. */
export async function noteFailure(folder: RunFolder | undefined, error: unknown): Promise<void> {
  if (error instanceof StoppedEarly) return;
  // What went wrong before is what matters.
  await folder?.fail(error instanceof Error ? error.message : String(error)).catch(() => undefined);
}
