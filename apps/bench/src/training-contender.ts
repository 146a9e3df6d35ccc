// A process of its own for one contender of `rheobase bench training`: it takes one training step whenever it is told to, and
// answers with what that took.
import { startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import {
  registerComposedKernels,
  registerGradients,
  registerMissingKernels,
  registerTrainingKernels,
} from '@rheobase/tfjs-wasm-training';
import { fitTraining } from './fit-training.js';
import { registerStockGradients } from './stock-gradients.js';
import { stockTraining } from './stock-training.js';
import { timedStep } from './timed-step.js';
import type { ContenderMessage, ContenderTask, ReadyMessage } from './training-bench.js';
import type { TrainingStep } from './training-task.js';
import { batchFor, networkOf } from './training-task.js';

async function begin(
  task: ContenderTask,
): Promise<{ readonly step: TrainingStep; readonly composed: readonly string[]; readonly network: Network }> {
  const { network, registries } = await networkOf(task);
  await startTensorBackend();
  switch (task.contender) {
    case 'rheobase':
      await registerTrainingKernels();
      return { step: fitTraining(network, registries), composed: [], network };
    case 'composed':
      registerGradients();
      registerComposedKernels();
      return { step: fitTraining(network, registries), composed: [], network };
    case 'tfjsWasm':
      await registerStockGradients();
      return { composed: registerMissingKernels(), step: stockTraining(network, registries), network };
  }
}

let step: (() => Promise<void>) | undefined;
process.on('message', async (message: ContenderMessage) => {
  if (message === 'step') {
    if (step === undefined) throw new Error('A step was asked for before the task.');
    process.send?.(await timedStep(step));
  } else {
    const { step: take, composed, network } = await begin(message);
    const batch = batchFor(network, message.batch);
    step = () => take(batch);
    const ready: ReadyMessage = { composed };
    process.send?.(ready);
  }
});
