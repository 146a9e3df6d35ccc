import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Who trains: `rheobase`, with the kernels of tfjs-wasm-training; `tfjsWasm`, stock tfjs-backend-wasm with what it lacks composed
 * from operations it has; `composed`, all its slow or wrong gradients composed.
 */
export const contenders = ['rheobase', 'tfjsWasm', 'composed'] as const;
export type Contender = (typeof contenders)[number];

export interface ContenderTask {
  readonly contender: Contender;
  readonly model: string;
  readonly modelOption: Readonly<Record<string, unknown>>;
  readonly batch: number;
}

export interface StepTime {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of the whole process, so far. */
  readonly peakMegabytes: number;
}

/** Times of one contender's steps: the least and the median. */
export interface ContenderTimes {
  /** From the fastest step. */
  readonly imagesPerSecond: number;
  readonly medianImagesPerSecond: number;
  /** From the step that took the least CPU time. */
  readonly imagesPerCpuSecond: number;
  readonly peakMegabytes: number;
}

/**
 * Times training steps of several contenders, each in a process of its own, taking turns, after one step of warming up.
 *
 * @throws if one of them fails.
 */
export async function benchTraining(
  task: Omit<ContenderTask, 'contender'>,
  who: readonly Contender[],
  rounds: number,
  onStep: (steps: number, note: string) => void,
): Promise<ReadonlyMap<Contender, ContenderTimes>> {
  const processes = new Map<Contender, ChildProcess>();
  const times = new Map<Contender, StepTime[]>(who.map((contender) => [contender, []]));
  let steps = 0;
  try {
    for (const contender of who) {
      const child = fork(new URL('./training-contender.js', import.meta.url), {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      processes.set(contender, child);
      await ask(child, { ...task, contender });
      await ask(child, 'step');
      onStep(++steps, contender);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [contender, child] of processes) {
        times.get(contender)?.push((await ask(child, 'step')) as StepTime);
        onStep(++steps, contender);
      }
    }
  } finally {
    for (const child of processes.values()) child.kill();
  }
  return new Map([...times].map(([contender, own]) => [contender, summarizeTimes(own, task.batch)]));
}

/** Sends a message and waits for the answer; an end of the process before it is an error. */
async function ask(child: ChildProcess, message: ContenderTask | 'step'): Promise<unknown> {
  const stop = new AbortController();
  try {
    const answer = once(child, 'message', { signal: stop.signal });
    const end = once(child, 'exit', { signal: stop.signal }).then(([code]) => {
      throw new Error(`A process of the benchmark ended with code ${String(code)}; its message stands above.`);
    });
    child.send(message);
    const [reply] = (await Promise.race([answer, end])) as unknown[];
    return reply;
  } finally {
    stop.abort();
  }
}

function summarizeTimes(times: readonly StepTime[], batch: number): ContenderTimes {
  const rate = (milliseconds: number): number => (1000 * batch) / milliseconds;
  const walls = times.map(({ wallMs }) => wallMs).toSorted((a, b) => a - b);
  return {
    imagesPerSecond: rate(walls[0] ?? Number.NaN),
    medianImagesPerSecond: rate(walls[Math.floor(walls.length / 2)] ?? Number.NaN),
    imagesPerCpuSecond: rate(Math.min(...times.map(({ cpuMs }) => cpuMs))),
    peakMegabytes: Math.max(...times.map(({ peakMegabytes }) => peakMegabytes)),
  };
}
