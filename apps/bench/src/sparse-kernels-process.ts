// A process of its own in which `rheobase bench training --spiking` measures kernels. It sends each measurement as it is made.
import { startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { measureSparseConvolutions } from './measure-sparse-convolutions.js';
import type { SparseKernelsMessage, SparseKernelsTask } from './sparse-kernel-bench.js';

process.on('message', async ({ network, ...options }: SparseKernelsTask) => {
  await startTensorBackend();
  await registerTrainingKernels();
  measureSparseConvolutions(network, options, (measurement, done, total) => {
    const message: SparseKernelsMessage = { measurement, done, total };
    process.send?.(message);
  });
  process.disconnect();
});
