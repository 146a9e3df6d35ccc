import { type ChildProcess, fork } from 'node:child_process';
import { askProcess } from './ask-process.js';
import type { TrainingTask } from './training-task.js';
import { networkOf } from './training-task.js';

/**
 * Who trains: `rheobase`, with the kernels of tfjs-wasm-training; `tfjsWasm`, a program written for tfjs alone on stock
 * tfjs-backend-wasm, which gets composed of its operations what it does not have; `composed`, as `rheobase`, but everything
 * composed of tfjs' operations and nothing in C.
 */
export const contenders = ['rheobase', 'tfjsWasm', 'composed'] as const;
export type Contender = (typeof contenders)[number];

export interface ContenderTask extends TrainingTask {
  readonly contender: Contender;
}

/** What a contender's process is sent: its task, then whenever it is to take a step. */
export type ContenderMessage = ContenderTask | 'step';

/** Its answer to the task. */
export interface ReadyMessage {
  /** The kernels that its backend had none of. */
  readonly composed: readonly string[];
}

/** Its answer to a step: how long that took. */
export interface StepMessage {
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
  /** The kernels that its backend had none of, composed for it. */
  readonly composed: readonly string[];
}

/**
 * Times training steps of several contenders, each in a process of its own, taking turns, after one step of warming up.
 *
 * @throws if one of them fails.
 */
export async function benchTraining(
  task: TrainingTask,
  who: readonly Contender[],
  rounds: number,
  onStep: (steps: number, note: string) => void,
): Promise<ReadonlyMap<Contender, ContenderTimes>> {
  // Names a model or an option that does not exist before any process is started.
  await networkOf(task);
  const running = new Map<
    Contender,
    { readonly child: ChildProcess; readonly composed: readonly string[]; readonly times: StepMessage[] }
  >();
  const children: ChildProcess[] = [];
  let steps = 0;
  try {
    for (const contender of who) {
      const child = fork(new URL('./training-contender.js', import.meta.url), {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      children.push(child);
      const { composed } = (await askProcess(child, { ...task, contender } satisfies ContenderTask)) as ReadyMessage;
      running.set(contender, { child, composed, times: [] });
      await askProcess(child, 'step');
      onStep(++steps, contender);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [contender, { child, times }] of running) {
        times.push((await askProcess(child, 'step')) as StepMessage);
        onStep(++steps, contender);
      }
    }
  } finally {
    for (const child of children) child.kill();
  }
  return new Map(
    [...running].map(([contender, { times, composed }]) => [
      contender,
      { ...summarizeTimes(times, task.batch), composed },
    ]),
  );
}

function summarizeTimes(times: readonly StepMessage[], batch: number): Omit<ContenderTimes, 'composed'> {
  const rate = (milliseconds: number): number => (1000 * batch) / milliseconds;
  const walls = times.map(({ wallMs }) => wallMs).toSorted((a, b) => a - b);
  return {
    imagesPerSecond: rate(walls[0] ?? Number.NaN),
    medianImagesPerSecond: rate(walls[Math.floor(walls.length / 2)] ?? Number.NaN),
    imagesPerCpuSecond: rate(Math.min(...times.map(({ cpuMs }) => cpuMs))),
    peakMegabytes: Math.max(...times.map(({ peakMegabytes }) => peakMegabytes)),
  };
}
