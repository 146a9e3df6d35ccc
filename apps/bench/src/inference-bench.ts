import { type ChildProcess, fork } from 'node:child_process';
import { askProcess } from './ask-process.js';
import type { InferenceContender, InferenceTask, ReadyMessage, TurnAnswer } from './inference-task.js';

/** One who takes part: what its processes are sent, one process for each. */
export interface Contestant {
  readonly contender: InferenceContender;
  /** One with as many threads as there are, or as many single-threaded ones. Each has all images to itself. */
  readonly tasks: readonly InferenceTask[];
}

/** What one contender's turns at one T came to. */
export interface ContenderFigures {
  /** From the fastest turn. */
  readonly imagesPerSecond: number;
  readonly medianImagesPerSecond: number;
  /** From the turn that took the least CPU time, of all its threads and processes together. */
  readonly imagesPerCpuSecond: number;
  /** `[N, classes]`, of its first process. */
  readonly logits: readonly number[];
}

export interface InferenceFigures {
  /** By T, then by contender. */
  readonly at: ReadonlyMap<number, ReadonlyMap<InferenceContender, ContenderFigures>>;
  /** Of the contender's first process at the end, and of one that does nothing, in megabytes. */
  readonly peakMegabytes: ReadonlyMap<InferenceContender | 'bare', number>;
}

interface Running {
  readonly contender: InferenceContender;
  readonly children: readonly ChildProcess[];
  readonly images: number;
  readonly turns: Map<number, { readonly wallMs: number; readonly cpuMs: number }[]>;
  readonly logits: Map<number, readonly number[]>;
  peak: number;
}

/**
 * Times contenders, each in processes of its own, taking turns: in a round each T, and at each T each contender once. Before that,
 * one turn of each at each T to warm up.
 *
 * @throws if a process fails.
 */
export async function benchInference(
  contestants: readonly Contestant[],
  steps: readonly number[],
  rounds: number,
  onTurn: (turns: number, note: string) => void,
): Promise<InferenceFigures> {
  const started: ChildProcess[] = [];
  const start = async (task: InferenceTask): Promise<{ child: ChildProcess; peakMegabytes: number }> => {
    const child = fork(new URL('./inference-contender.js', import.meta.url), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    started.push(child);
    const { peakMegabytes } = (await askProcess(child, { ...task })) as ReadyMessage;
    return { child, peakMegabytes };
  };
  try {
    const bare = await start({ contender: 'bare', network: '', images: '', shape: [], plugins: [], threads: 1 });
    const running: Running[] = [];
    for (const { contender, tasks } of contestants) {
      const children: ChildProcess[] = [];
      for (const task of tasks) children.push((await start(task)).child);
      const images = tasks.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
      running.push({ contender, children, images, turns: new Map(), logits: new Map(), peak: 0 });
    }
    let turns = 0;
    for (let round = 0; round <= rounds; round++) {
      for (const T of steps) {
        for (const each of running) {
          const taken = await takeTurn(each, T);
          if (round > 0) each.turns.set(T, [...(each.turns.get(T) ?? []), taken]);
          onTurn(++turns, `${each.contender}, T = ${T}`);
        }
      }
    }
    return {
      at: new Map(steps.map((T) => [T, new Map(running.map((each) => [each.contender, figuresOf(each, T)]))])),
      peakMegabytes: new Map([
        ['bare', bare.peakMegabytes] as const,
        ...running.map(({ contender, peak }) => [contender, peak] as const),
      ]),
    };
  } finally {
    for (const child of started) child.kill();
  }
}

/** All processes of a contender at once; it is done when the last of them is. */
async function takeTurn(each: Running, steps: number): Promise<{ wallMs: number; cpuMs: number }> {
  const answers = (await Promise.all(each.children.map((child) => askProcess(child, { steps })))) as TurnAnswer[];
  each.peak = Math.max(each.peak, answers[0]?.peakMegabytes ?? 0);
  each.logits.set(steps, answers[0]?.logits ?? []);
  return {
    wallMs: Math.max(...answers.map(({ wallMs }) => wallMs)),
    cpuMs: answers.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  };
}

function figuresOf({ images, turns, logits }: Running, steps: number): ContenderFigures {
  const taken = turns.get(steps) ?? [];
  const rate = (milliseconds: number): number => (1000 * images) / milliseconds;
  const walls = taken.map(({ wallMs }) => wallMs).toSorted((a, b) => a - b);
  return {
    imagesPerSecond: rate(walls[0] ?? Number.NaN),
    medianImagesPerSecond: rate(walls[Math.floor(walls.length / 2)] ?? Number.NaN),
    imagesPerCpuSecond: rate(Math.min(...taken.map(({ cpuMs }) => cpuMs))),
    logits: logits.get(steps) ?? [],
  };
}
