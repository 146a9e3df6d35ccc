// A process of its own in which `rheobase bench training` measures kernels: those of this project must not have been registered
// there, or tfjs' own could not be found any more. It sends each measurement as it is made.
import { startTensorBackend } from '@rheobase/execution';
import type { KernelsMessage } from './kernel-bench.js';
import { layerKernels } from './layer-kernels.js';
import { measureKernels } from './measure-kernels.js';
import type { TrainingTask } from './training-task.js';
import { networkOf } from './training-task.js';

process.on('message', async (task: TrainingTask) => {
  const { network } = await networkOf(task);
  const layers = layerKernels(network, task.batch);
  const send = (message: KernelsMessage): void => {
    process.send?.(message);
  };
  await startTensorBackend();
  await measureKernels({
    cases: layers.map(({ given }) => given),
    onMeasurement: (measurement, done, total) =>
      send({ measurement: { ...measurement, nodes: layers[done - 1]?.nodes ?? [] }, done, total }),
  });
  process.disconnect();
});
