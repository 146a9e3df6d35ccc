import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ImageBatch, InitialPotentials, Network, Probe, SimulationResult } from '@rheobase/network';
import { copyOverTime } from '@rheobase/network';
import { compileSpikeKernels } from '@rheobase/spike-kernels';
import { engineMemory } from './engine-memory.js';
import type { EventEngine, EventEngineOptions, EventSimulateOptions } from './event-engine.js';
import { batchOf, growingWorkspace, planStore, precisionOf } from './event-engine.js';
import { joinResults } from './join-results.js';
import type { PlanBatch } from './run-plan.js';
import type { WorkerAnswer, WorkerSetup, WorkerTask } from './worker-messages.js';

export interface EventEnginePoolOptions extends EventEngineOptions {
  /** Number of worker threads. Default: one per available core. */
  readonly threads?: number;
}

/** Worker threads that run one spiking network in one shared memory, with one copy of its packed weights. */
export interface EventEnginePool {
  readonly precision: EventEngine['precision'];
  readonly threads: number;
  /**
   * Simulates a batch, with its images divided among the threads; results are the same as with one thread. Further calls are queued.
   *
   * @throws as `simulate` of an engine, or if a thread terminated.
   */
  simulate(
    batch: ImageBatch | Readonly<Record<string, ImageBatch>>,
    options: EventSimulateOptions,
  ): Promise<SimulationResult>;
  /** Bytes of the memory that the threads share. */
  readonly memoryBytes: number;
  /** Terminates the threads. */
  dispose(): Promise<void>;
}

/** Images [first, first + count) of a batch, copied. */
function sliceOf({ inputs, count, framed }: PlanBatch, steps: number, first: number, length: number): PlanBatch {
  const slices = [...inputs].map(([name, data]) => {
    const times = framed.has(name) ? steps : 1;
    const part = new Float32Array((data.length / count) * length);
    return [name, copyOverTime(data, part, times, count, first)] as const;
  });
  return { count: length, inputs: new Map(slices), framed };
}

/** The injected spikes `[T, N, …]` of some images. */
function spikesOf(
  spikes: ReadonlyMap<string, Int8Array>,
  steps: number,
  count: number,
  first: number,
  length: number,
): ReadonlyMap<string, Int8Array> {
  return new Map(
    [...spikes].map(([name, data]) => {
      const part = new Int8Array((data.length / count) * length);
      return [name, copyOverTime(data, part, steps, count, first)] as const;
    }),
  );
}

/** The given potentials `[N, …]` of some images. */
function potentialsOf(potentials: InitialPotentials, count: number, first: number, length: number): InitialPotentials {
  return new Map(
    [...potentials].map(([name, data]) => {
      const size = data.length / count;
      return [name, data.slice(first * size, (first + length) * size)] as const;
    }),
  );
}

/** One worker and its pending requests. */
function startWorker(setup: WorkerSetup) {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: setup });
  const waiting = new Map<number, { resolve: (result: SimulationResult) => void; reject: (error: Error) => void }>();
  let ended: Error | undefined;
  const fail = (error: Error): void => {
    ended = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', (answer: WorkerAnswer) => {
    const asked = waiting.get(answer.number);
    waiting.delete(answer.number);
    if ('error' in answer) asked?.reject(new Error(answer.error));
    else asked?.resolve(answer.result);
    if (waiting.size === 0) worker.unref();
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`A thread of the event engine ended with code ${code}.`)));
  worker.unref();
  return {
    run: (task: WorkerTask): Promise<SimulationResult> =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) {
          reject(ended);
          return;
        }
        waiting.set(task.number, { resolve, reject });
        worker.ref();
        worker.postMessage(task, []);
      }),
    end: () => worker.terminate(),
  };
}

/**
 * Starts worker threads for a spiking network. An idle pool does not keep the process alive.
 *
 * @throws {NetworkError} naming the nodes and neurons that have no kernel.
 * @throws if `threads` is not an integer of at least 1.
 */
export async function eventEnginePool(
  network: Network,
  { neurons, location, tableBytes, mostMemoryBytes, threads = availableParallelism() }: EventEnginePoolOptions = {},
): Promise<EventEnginePool> {
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new Error(`The number of threads must be an integer of at least 1, not ${threads}.`);
  }
  const memory = engineMemory({ shared: true, tableBytes, mostBytes: mostMemoryBytes });
  const store = planStore(network, memory, neurons);
  store.planFor(1, []);
  const module = await compileSpikeKernels('shared', location);
  const workers = Array.from({ length: threads }, () => startWorker({ module, memory: memory.memory }));
  const workspaces = workers.map(() => growingWorkspace(memory));
  let number = 0;
  let last: Promise<unknown> = Promise.resolve();

  const run = async (
    images: PlanBatch,
    steps: number,
    probes: readonly Probe[],
    spikes: ReadonlyMap<string, Int8Array>,
    potentials: InitialPotentials,
  ) => {
    const plan = store.planFor(steps, probes, potentials, images.framed);
    // All memory is allocated before any thread runs.
    const places = workspaces.map((workspaceFor) => workspaceFor(plan.workspaceBytes));
    const share = Math.max(1, Math.ceil(images.count / threads));
    const parts = workers.flatMap((worker, i) => {
      const first = i * share;
      const length = Math.min(share, images.count - first);
      if (length <= 0 && i > 0) return [];
      number += 1;
      const part = spikesOf(spikes, steps, images.count, first, Math.max(length, 0));
      const task: WorkerTask = {
        number,
        plan,
        workspace: places[i] ?? Number.NaN,
        batch: sliceOf(images, steps, first, Math.max(length, 0)),
        options: {
          steps,
          probes,
          spikes: part,
          potentials: potentialsOf(potentials, images.count, first, Math.max(length, 0)),
        },
      };
      return [worker.run(task)];
    });
    return joinResults(await Promise.all(parts));
  };
  return {
    precision: precisionOf(network),
    threads,
    simulate(batch, { steps, probes = [], spikes = new Map(), potentials = new Map() }) {
      const images = batchOf(network, batch, steps);
      const now = last.then(() => run(images, steps, probes, spikes, potentials));
      last = now.catch(() => undefined);
      return now;
    },
    get memoryBytes() {
      return memory.memory.buffer.byteLength;
    },
    async dispose() {
      await Promise.all(workers.map((worker) => worker.end()));
    },
  };
}
