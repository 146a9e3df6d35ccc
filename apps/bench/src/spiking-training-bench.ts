import { fork } from 'node:child_process';
import { askProcess } from './ask-process.js';
import type { LayerShares } from './layer-shares.js';
import type {
  SpikingTrainer,
  SpikingTrainerAnswer,
  SpikingTrainerMessage,
  SpikingTrainingTask,
} from './spiking-training-task.js';
import { spikingTrainers } from './spiking-training-task.js';
import { startTorchTrainer } from './torch-trainer.js';
import type { StepMessage, StepTimes, Trainer } from './training-turns.js';
import { takeTurns } from './training-turns.js';

/** One who takes part in a benchmark of spiking training. */
export type SpikingContender = SpikingTrainer | 'pytorch';

interface Process {
  ask(message: SpikingTrainerMessage): Promise<SpikingTrainerAnswer>;
  stop(): void;
}

async function startProcess(task: SpikingTrainingTask, trainer: SpikingTrainer): Promise<Process> {
  const child = fork(new URL('./spiking-trainer.js', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Networks are maps and typed arrays.
    serialization: 'advanced',
  });
  const ask = async (message: SpikingTrainerMessage): Promise<SpikingTrainerAnswer> =>
    (await askProcess(child, message)) as SpikingTrainerAnswer;
  try {
    await ask({ ...task, trainer });
  } catch (error) {
    child.kill();
    throw error;
  }
  return { ask, stop: () => void child.kill() };
}

/**
 * Times training steps of several contenders, each in a process of its own, taking turns, after one step of warming up.
 *
 * @param python the interpreter that PyTorch takes part by; absent: it does not
 * @throws if one of them fails.
 */
export async function benchSpikingTraining(
  task: SpikingTrainingTask,
  { rounds, python }: { readonly rounds: number; readonly python?: string | undefined },
  onStep: (steps: number, note: string) => void,
): Promise<ReadonlyMap<SpikingContender, StepTimes>> {
  const start = async (name: SpikingContender): Promise<Trainer> => {
    if (name === 'pytorch') return startTorchTrainer(python ?? 'python3', task);
    const { ask, stop } = await startProcess(task, name);
    return { step: async () => (await ask('step')) as StepMessage, stop };
  };
  const who = [...spikingTrainers, ...(python === undefined ? [] : (['pytorch'] as const))];
  return takeTurns<SpikingContender>(who, start, { batch: task.batch.labels.length, rounds }, onStep);
}

/** What the convolutions of spikes see in a step. */
export async function sharesOf(task: SpikingTrainingTask): Promise<readonly LayerShares[]> {
  // The kernels are listened at on one thread.
  const { ask, stop } = await startProcess({ ...task, threads: 1 }, 'rheobase');
  try {
    return (await ask('shares')) as readonly LayerShares[];
  } finally {
    stop();
  }
}
