// A process of its own for one contender of `rheobase bench training --spiking`: it takes one training step whenever it is told to, and
// answers with what that took.
import { bind, startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { spikingForward } from '@rheobase/training';
import { gradientPool } from '@rheobase/training/node';
import { layerShares } from './layer-shares.js';
import { registriesWith } from './registries-with.js';
import type {
  SpikingTrainer,
  SpikingTrainerAnswer,
  SpikingTrainerMessage,
  SpikingTrainingTask,
} from './spiking-training-task.js';
import { steadyTraining } from './steady-training.js';
import { timedStep } from './timed-step.js';

interface Begun {
  readonly step: () => Promise<void>;
  readonly shares: () => Promise<SpikingTrainerAnswer>;
}

async function begin(task: SpikingTrainingTask, trainer: SpikingTrainer): Promise<Begun> {
  const { spiking, source, batch, steps, surrogate, threads, plugins } = task;
  await startTensorBackend();
  await registerTrainingKernels({ sparseConvolutions: trainer !== 'dense' });
  const network = trainer === 'analog' ? source : spiking;
  const bound = bind(network, await registriesWith(plugins));
  const train = steadyTraining(bound, batch, {
    ...(trainer !== 'analog' && { forward: spikingForward({ steps, surrogate }) }),
    ...(threads > 1 && {
      engine: gradientPool({ threads }),
      microBatch: Math.ceil(batch.labels.length / threads),
    }),
  });
  const step = (): Promise<void> => train(batch);
  return { step, shares: () => layerShares(network, step) };
}

let begun: Begun | undefined;
async function answer(message: SpikingTrainerMessage): Promise<SpikingTrainerAnswer> {
  if (typeof message === 'object') {
    begun = await begin(message, message.trainer);
    return 'ready';
  }
  if (begun === undefined) throw new Error('A step was asked for before the task.');
  return message === 'shares' ? begun.shares() : timedStep(begun.step);
}

process.on('message', async (message: SpikingTrainerMessage) => {
  process.send?.(await answer(message));
});
