import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type FuzzLimits, fuzzLimits } from './limits.js';
import type { FuzzReply, FuzzTask, FuzzWorkerStart } from './protocol.js';

/** An input that did not do what it should. */
export interface FuzzFailure {
  /** Of the input, in its seed. */
  readonly index: number;
  /** In words; starts with its kind: `hang`, `memory`, `crash`, or the error. */
  readonly reason: string;
}

export interface TaskEnd {
  readonly failures: readonly FuzzFailure[];
  /** Inputs of the task that were tried; the last of them ended the worker if they are fewer than asked for. */
  readonly tried: number;
}

/** A thread that tries inputs, watched from outside; replaced by a new one where an input hangs it or takes its memory. */
export interface FuzzThread {
  /**
   * Tries inputs until all are, or one of them ends the thread.
   *
   * @throws if the target is unknown or makes no inputs.
   */
  perform(task: FuzzTask): Promise<TaskEnd>;
  close(): Promise<void>;
}

const betweenLooks = 50;
/** How long a thread may take to end. */
const patienceSeconds = 2;

interface Running {
  readonly worker: Worker;
  readonly index: Int32Array;
}

// Tests run the source, a thread what was built of it.
const built = (module: string): URL => new URL(`../dist/${module}.js`, import.meta.url);

function startThread(folder: string, targets: URL, limits: FuzzLimits): Running {
  const progress = new SharedArrayBuffer(4);
  const index = new Int32Array(progress);
  index[0] = -1;
  const start: FuzzWorkerStart = { progress, targets: targets.href, limits, folder };
  const worker = new Worker(built('worker'), {
    workerData: start,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMegabytes },
  });
  return { worker, index };
}

/** Checks a thread periodically: what the current input has used so far, in words, if that is too much. */
function watch(index: Int32Array, limits: FuzzLimits, onExcess: (reason: string) => void): () => void {
  const begin = () => ({
    at: Atomics.load(index, 0),
    processor: process.cpuUsage(),
    clock: performance.now(),
    memory: process.memoryUsage.rss(),
  });
  let started = begin();
  const timer = setInterval(() => {
    if (Atomics.load(index, 0) !== started.at || started.at < 0) {
      started = begin();
      return;
    }
    const { user, system } = process.cpuUsage(started.processor);
    const seconds = (user + system) / 1e6;
    const megabytes = (process.memoryUsage.rss() - started.memory) / 2 ** 20;
    const waited = (performance.now() - started.clock) / 1000;
    // Memory first: filling it takes time, too.
    if (megabytes > limits.megabytes) onExcess(`memory: more than ${limits.megabytes} MB`);
    else if (seconds > limits.processorSeconds)
      onExcess(`hang: more than ${limits.processorSeconds} s of processor time`);
    else if (waited > limits.clockSeconds) onExcess(`hang: more than ${limits.clockSeconds} s`);
  }, betweenLooks);
  return () => clearInterval(timer);
}

/** Ends a thread. One that is at the limit of its heap may never say that it has ended, so it is not waited for any longer then. */
async function terminated(worker: Worker): Promise<void> {
  worker.unref();
  const patience = new AbortController();
  const late = setTimeout(patienceSeconds * 1000, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([worker.terminate(), late]);
  patience.abort();
}

/**
 * Starts a thread with its own folder.
 *
 * @param targets a module with `openTarget`
 */
export async function startFuzzThread(
  targets = built('targets/all-targets'),
  limits = fuzzLimits,
): Promise<FuzzThread> {
  const folder = await mkdtemp(join(tmpdir(), 'rheobase-fuzz-'));
  let running = startThread(folder, targets, limits);

  async function perform(task: FuzzTask): Promise<TaskEnd> {
    const { worker, index } = running;
    const first = task.kind === 'given' ? 0 : task.from;
    const count = task.kind === 'given' ? 1 : task.count;
    const failures: FuzzFailure[] = [];
    const ended = await new Promise<{ readonly excess: string } | { readonly error: Error } | undefined>((settle) => {
      const stopWatching = watch(index, limits, (excess) => end({ excess }));
      const end = (how: { readonly excess: string } | { readonly error: Error } | undefined): void => {
        stopWatching();
        worker.off('message', received).off('error', failed).off('exit', exited);
        settle(how);
      };
      const received = (reply: FuzzReply): void => {
        if (reply.kind === 'done') end(undefined);
        else failures.push({ index: reply.index, reason: reply.reason });
      };
      const failed = (error: Error): void => end({ error });
      const exited = (code: number): void => end({ error: new Error(`the thread ended with exit code ${code}`) });
      worker.on('message', received).on('error', failed).on('exit', exited);
      worker.postMessage(task, []);
    });
    if (ended === undefined) return { failures, tried: count };
    const at = Atomics.load(index, 0);
    await terminated(worker);
    running = startThread(folder, targets, limits);
    // Before the first input: the target itself is at fault.
    if (at < 0) throw 'error' in ended ? ended.error : new Error(ended.excess);
    const reason =
      'excess' in ended
        ? ended.excess
        : 'code' in ended.error && ended.error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? `memory: more than ${limits.heapMegabytes} MB of heap`
          : `crash: ${ended.error.stack ?? ended.error.message}`;
    return { failures: [...failures, { index: at, reason }], tried: at - first + 1 };
  }

  return {
    perform,
    async close() {
      await terminated(running.worker);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
