// A process of its own for one contender of `rheobase bench training`: it takes one training step whenever it is told to, and
// answers with what that took.
import { bind, startTensorBackend } from '@rheobase/execution';
import { defaultModels } from '@rheobase/models';
import {
  registerComposedKernels,
  registerGradients,
  registerMissingKernels,
  registerTrainingKernels,
} from '@rheobase/tfjs-wasm-training';
import { constantRate, fit } from '@rheobase/training';
import type { ContenderTask, StepTime } from './training-bench.js';

async function begin({ contender, model, modelOption, batch }: ContenderTask): Promise<() => Promise<StepTime>> {
  await startTensorBackend();
  if (contender === 'rheobase') {
    await registerTrainingKernels();
  } else {
    registerGradients();
    if (contender === 'tfjsWasm') registerMissingKernels();
    else registerComposedKernels();
  }
  const family = defaultModels.get(model);
  const network = family.build({ ...modelOption, seed: 0 });
  const input = network.nodes.find((node) => node.op === 'input');
  if (input === undefined) throw new Error(`${model} has no input.`);
  const size = input.shape.reduce((product, length) => product * length, batch);
  const images = Float32Array.from({ length: size }, (_, i) => Math.sin(0.37 * i));
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
  const bound = bind(network);
  return async () => {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    await fit(
      bound,
      {
        batchesPerEpoch: 1,
        async *epoch() {
          yield { images, shape: [batch, ...input.shape], labels };
        },
      },
      { epochs: 1, schedule: constantRate(1e-3), seed: 0 },
    );
    const { user, system } = process.cpuUsage(cpu);
    return {
      wallMs: performance.now() - start,
      cpuMs: (user + system) / 1000,
      peakMegabytes: process.resourceUsage().maxRSS / 1024,
    };
  };
}

let step: (() => Promise<StepTime>) | undefined;
process.on('message', async (message: ContenderTask | 'step') => {
  if (message === 'step') {
    if (step === undefined) throw new Error('A step was asked for before the task.');
    process.send?.(await step());
  } else {
    step = await begin(message);
    process.send?.('ready');
  }
});
