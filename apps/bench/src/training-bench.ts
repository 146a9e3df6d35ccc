import { fork } from 'node:child_process';
import { askProcess } from './ask-process.js';
import type { TrainingTask } from './training-task.js';
import { networkOf } from './training-task.js';
import type { StepMessage, StepTimes, Trainer } from './training-turns.js';
import { takeTurns } from './training-turns.js';

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

/** Times of one contender's steps: the least and the median. */
export interface ContenderTimes extends StepTimes {
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
  const composedFor = new Map<Contender, readonly string[]>();
  const start = async (contender: Contender): Promise<Trainer> => {
    const child = fork(new URL('./training-contender.js', import.meta.url), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    try {
      const { composed } = (await askProcess(child, { ...task, contender } satisfies ContenderTask)) as ReadyMessage;
      composedFor.set(contender, composed);
    } catch (error) {
      child.kill();
      throw error;
    }
    return {
      step: async () => (await askProcess(child, 'step')) as StepMessage,
      stop: () => void child.kill(),
    };
  };
  const times = await takeTurns(who, start, { batch: task.batch, rounds }, onStep);
  return new Map([...times].map(([name, own]) => [name, { ...own, composed: composedFor.get(name) ?? [] }]));
}
