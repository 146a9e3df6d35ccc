import { fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';

/** What a process that measures kernels sends after each of them. */
export interface KernelMessage<Measurement> {
  readonly measurement: Measurement;
  readonly done: number;
  readonly total: number;
}

/**
 * Sends a task to a process of its own, and collects the measurements that it sends back.
 *
 * @param script the process: it answers with a {@link KernelMessage} a kernel, and disconnects
 * @throws if it fails.
 */
export async function kernelsInProcess<Measurement extends { readonly kernel: string }>(
  script: URL,
  task: Serializable,
  onKernel: (done: number, total: number, note: string) => void,
): Promise<readonly Measurement[]> {
  const child = fork(script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' });
  const measurements: Measurement[] = [];
  child.on('message', ({ measurement, done, total }: KernelMessage<Measurement>) => {
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
