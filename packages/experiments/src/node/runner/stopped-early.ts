import type { RunFolder } from '../folder/run-folder.js';

/** Thrown when a signal stops a run early. Finished work is kept, and the same run resumes from it. */
export class StoppedEarly extends Error {
  override readonly name = 'StoppedEarly';

  /** @param kept the folder with the finished work */
  constructor(readonly kept: string) {
    super(`Stopped early. The same command resumes from ${kept}.`);
  }
}

/** Notes in a run's folder that the run has failed, and why; one that a signal has stopped has not. */
export async function noteFailure(folder: RunFolder | undefined, error: unknown): Promise<void> {
  if (error instanceof StoppedEarly) return;
  // What went wrong before is what matters.
  await folder?.fail(error instanceof Error ? error.message : String(error)).catch(() => undefined);
}
