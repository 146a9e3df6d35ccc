import { type KernelMessage, kernelsInProcess } from './kernels-in-process.js';
import type { Network } from '@rheobase/network';
import type { SparseMeasurement } from './measure-sparse-convolutions.js';

/** What the process that measures is sent. */
export interface SparseKernelsTask {
  readonly network: Network;
  /** T·N. */
  readonly images: number;
  readonly densities: readonly number[];
  readonly rounds: number;
}

/** What it sends after each kernel. */
export type SparseKernelsMessage = KernelMessage<SparseMeasurement>;

/**
 * Measures the kernels of a network's convolutions of spikes on its layers' own shapes, in a process of its own.
 *
 * @throws if that fails.
 */
export function benchSparseKernels(
  task: SparseKernelsTask,
  onKernel: (done: number, total: number, note: string) => void,
): Promise<readonly SparseMeasurement[]> {
  return kernelsInProcess<SparseMeasurement>(new URL('./sparse-kernels-process.js', import.meta.url), task, onKernel);
}
