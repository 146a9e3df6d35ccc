import { fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { errorHeadline } from './error-headline.js';
import { attemptsAJob, type Job, type JobOutcome, type QueueObserver, type WorkQueue } from './work-queue.js';

export interface LocalProcesses {
  /** The program that jobs give words to: a module for Node. */
  readonly program: string;
  /** Processes at a time. */
  readonly atOnce: number;
  /** A folder for what each job says, `<job>.log`. */
  readonly logs: string;
  /** Milliseconds before a job is restarted: processes that it left behind may have to end first. */
  readonly pauseMs?: number;
}

/** A queue of processes on this machine. They end when this one does, however it ends. */
export function localProcesses({ program, atOnce, logs, pauseMs = 2000 }: LocalProcesses): WorkQueue {
  const jobDone = async (job: Job, observer: QueueObserver): Promise<JobOutcome> => {
    const log = join(logs, `${job.name}.log`);
    let reason = '';
    for (let attempt = 1; attempt <= attemptsAJob; attempt++) {
      if (observer.signal?.aborted) return { kind: 'stopped' };
      if (attempt > 1) await pause(pauseMs);
      const note = (line: string): void => observer.onState?.(job, { kind: 'running', attempt, note: line });
      note('');
      const ended = await processOf(program, job, { log, note, signal: observer.signal });
      if (ended.kind === 'finished') return ended;
      if (observer.signal?.aborted) return { kind: 'stopped' };
      reason = ended.reason;
    }
    return { kind: 'failed', attempts: attemptsAJob, reason, log };
  };
  return {
    run: async (jobs, observer = {}) => {
      const outcomes = new Map<Job, JobOutcome>();
      const waiting = [...jobs];
      const worker = async (): Promise<void> => {
        for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
          const outcome = await jobDone(job, observer);
          outcomes.set(job, outcome);
          observer.onState?.(job, outcome);
        }
      };
      await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, worker));
      return jobs.map((job) => outcomes.get(job) ?? { kind: 'stopped' });
    },
  };
}

/** Of what a process says, in characters: enough for an error of many lines. */
const rememberedMessages = 20_000;

interface ProcessMeans {
  readonly log: string;
  readonly note: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Runs one process to its end. It has finished its job if its last line is a JSON object, whatever its exit code says of the result. */
async function processOf(
  program: string,
  { words }: Job,
  { log, note, signal }: ProcessMeans,
): Promise<
  { readonly kind: 'finished'; readonly result: string } | { readonly kind: 'crashed'; readonly reason: string }
> {
  // With a channel to this process, so that it notices this one's end.
  const child = fork(program, words, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const stop = (): void => void child.kill('SIGINT');
  signal?.addEventListener('abort', stop, { once: true });
  const file = createWriteStream(log, { flags: 'a' });
  // A log that cannot be written is no reason to stop.
  file.on('error', () => undefined);
  let [results, messages] = ['', ''];
  child.stdout?.on('data', (text: Buffer) => (results += String(text)));
  child.stderr?.on('data', (text: Buffer) => {
    file.write(text);
    messages = (messages + String(text)).slice(-rememberedMessages);
    const last = messages.trimEnd().split('\n').at(-1) ?? '';
    if (last !== '') note(last);
  });
  try {
    const ending = await new Promise<string>((settle) => {
      child.on('error', (error) => settle(error.message));
      child.on('close', (code, by) => settle(by === null ? `exit code ${code}` : `signal ${by}`));
    });
    const result = results.trimEnd().split('\n').at(-1) ?? '';
    if (isObject(result)) return { kind: 'finished', result };
    const said = errorHeadline(messages);
    return { kind: 'crashed', reason: said === '' ? `it ended with ${ending}` : `${said} (${ending})` };
  } finally {
    signal?.removeEventListener('abort', stop);
    file.end();
    await finished(file).catch(() => undefined);
  }
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
