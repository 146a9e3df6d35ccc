import { fork } from 'node:child_process';
import { once } from 'node:events';
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
export interface SparseKernelsMessage {
  readonly measurement: SparseMeasurement;
  readonly done: number;
  readonly total: number;
}

/**
 * Measures the kernels of a network's convolutions of spikes on its layers' own shapes, in a process of its own.
 *
 * @throws if that fails.
 */
export async function benchSparseKernels(
  task: SparseKernelsTask,
  onKernel: (done: number, total: number, note: string) => void,
): Promise<readonly SparseMeasurement[]> {
  const child = fork(new URL('./sparse-kernels-process.js', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const measurements: SparseMeasurement[] = [];
  child.on('message', ({ measurement, done, total }: SparseKernelsMessage) => {
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
