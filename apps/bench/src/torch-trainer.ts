import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Network } from '@rheobase/network';
import type { SpikingTrainingTask } from './spiking-training-task.js';
import type { StepMessage, Trainer } from './training-turns.js';

const script = fileURLToPath(new URL('../peers/spiking-training.py', import.meta.url));

/** An interpreter that has PyTorch, or why there is none. */
export type Torch = { readonly python: string; readonly version: string } | { readonly absent: string };

/** Looks for PyTorch: Debian's, `apt-get install python3-torch`, is enough. */
export async function findTorch(): Promise<Torch> {
  for (const python of ['/usr/bin/python3', 'python3']) {
    try {
      const { stdout } = await promisify(execFile)(python, ['-c', 'import torch; print(torch.__version__)']);
      return { python, version: stdout.trim() };
    } catch {
      // Another one may have it.
    }
  }
  return { absent: 'no python3 here can import torch (on Debian: apt-get install python3-torch)' };
}

/** The network as the script reads it: nodes, and their parameters' values one after another in a file. */
function plainNetwork({ nodes, parameters }: Network): {
  readonly description: unknown;
  readonly values: Float32Array;
} {
  const all = [...parameters];
  let offset = 0;
  const places = all.map(([name, { shape, data }]) => {
    const place = [name, { shape, offset }] as const;
    offset += data.length;
    return place;
  });
  const values = new Float32Array(offset);
  for (const [i, [, { data }]] of all.entries()) values.set(data, places[i]?.[1].offset ?? 0);
  return { description: { nodes, parameters: Object.fromEntries(places) }, values };
}

/** Starts the same training in PyTorch, with as many threads. */
export async function startTorchTrainer(python: string, task: SpikingTrainingTask): Promise<Trainer> {
  const folder = await mkdtemp(join(tmpdir(), 'rheobase-torch-'));
  const { spiking, batch, steps, surrogate, threads } = task;
  const { description, values } = plainNetwork(spiking);
  const settings = { steps, surrogate, threads, shape: batch.shape, labels: [...batch.labels] };
  await writeFile(join(folder, 'task.json'), JSON.stringify({ ...settings, network: description }));
  await writeFile(join(folder, 'parameters.bin'), values);
  await writeFile(join(folder, 'images.bin'), batch.images);
  const child = spawn(python, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('PyTorch ended; its message stands above.');
    return JSON.parse(value);
  };
  try {
    await read();
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    step: async () => {
      child.stdin.write('step\n');
      return (await read()) as StepMessage;
    },
    stop: () => void child.kill(),
  };
}
