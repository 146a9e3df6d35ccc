import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { KernelMeasurement } from './measure-kernels.js';
import type { TrainingTask } from './training-task.js';

/** How fast a kernel is on the layers `nodes` of a network. */
export interface LayerMeasurement extends KernelMeasurement {
  readonly nodes: readonly string[];
}

/** What the process that measures sends after each kernel. */
export interface KernelsMessage {
  readonly measurement: LayerMeasurement;
  readonly done: number;
  readonly total: number;
}

/**
 * Measures the kernels of a training step on its layers' own shapes, in a process of its own.
 *
 * @throws if that fails.
 */
export async function benchKernels(
  task: TrainingTask,
  onKernel: (done: number, total: number, note: string) => void,
): Promise<readonly LayerMeasurement[]> {
  const child = fork(new URL('./kernel-contenders.js', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const measurements: LayerMeasurement[] = [];
  child.on('message', ({ measurement, done, total }: KernelsMessage) => {
    measurements.push(measurement);
    onKernel(done, total, measurement.kernel);
  });
  try {
    const end = once(child, 'exit');
    child.send(task);
    const [code] = (await end) as unknown[];
    if (code !== 0) {
      throw new Error(`The process that measures kernels ended with code ${String(code)}; its message stands above.`);
    }
  } finally {
    child.kill();
  }
  return measurements;
}
