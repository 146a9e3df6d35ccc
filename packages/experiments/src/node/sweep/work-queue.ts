/** Work for a separate process: a run of the command with these words. It can be restarted, and resumes. */
export interface Job {
  /** Tells it from the others; also of its log. */
  readonly name: string;
  /** The command's words; one of them makes it print its result as one line of JSON. */
  readonly words: readonly string[];
}

/** How far a job is. */
export type JobState =
  | { readonly kind: 'waiting' }
  /** `note` is the last that it reported. */
  | { readonly kind: 'running'; readonly attempt: number; readonly note: string }
  | JobOutcome;

/** What came of a job. */
export type JobOutcome =
  /** `result` is the line that it ended with. */
  | { readonly kind: 'finished'; readonly result: string }
  /** It crashed at every attempt; `reason` is the first line of the error, and how the process ended; `log` has its full output. */
  | { readonly kind: 'failed'; readonly attempts: number; readonly reason: string; readonly log?: string }
  /** The queue was stopped before its end. */
  | { readonly kind: 'stopped' };

/** Follows a queue. */
export interface QueueObserver {
  readonly signal?: AbortSignal | undefined;
  readonly onState?: ((job: Job, state: JobState) => void) | undefined;
}

/**
 * Does jobs, some at a time. A job that crashes is restarted once, then reported; the others continue.
 *
 * Jobs are words and names, and outcomes lines of text, so that they can be done on this machine or on others: `localProcesses` does
 * them here.
 */
export interface WorkQueue {
  /**
   * Does every job.
   *
   * @returns what came of each, in their order; never rejects for what a job does.
   */
  run(jobs: readonly Job[], observer?: QueueObserver): Promise<readonly JobOutcome[]>;
}

/** Maximum number of attempts of a job. */
export const attemptsAJob = 2;
