import { type KernelMessage, kernelsInProcess } from './kernels-in-process.js';
import type { KernelMeasurement } from './measure-kernels.js';
import type { TrainingTask } from './training-task.js';

/** How fast a kernel is on the layers `nodes` of a network. */
export interface LayerMeasurement extends KernelMeasurement {
  readonly nodes: readonly string[];
}

/** What the process that measures sends after each kernel. */
export type KernelsMessage = KernelMessage<LayerMeasurement>;

/**
 * Measures the kernels of a training step on its layers' own shapes, in a process of its own.
 *
 * @throws if that fails.
 */
export function benchKernels(
  task: TrainingTask,
  onKernel: (done: number, total: number, note: string) => void,
): Promise<readonly LayerMeasurement[]> {
  return kernelsInProcess<LayerMeasurement>(new URL('./kernel-contenders.js', import.meta.url), task, onKernel);
}
