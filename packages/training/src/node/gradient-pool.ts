import type { BatchStatistics } from '@rheobase/tfjs-wasm-training';
import { kernelBuild, usesSparseConvolutions, usesWinograd } from '@rheobase/tfjs-wasm-training';
import { liveParameter } from '@rheobase/execution';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensor, tensor1d } from '@tensorflow/tfjs-core';
import type { Contribution, Objective } from '../differentiate.js';
import type { GradientEngine, StartGradientEngine } from '../gradient-engine.js';
import { sumInOrder } from '../gradient-engine.js';
import type { GradientReply } from './gradient-protocol.js';
import type { GradientThread } from './gradient-thread.js';
import { startGradientThread } from './gradient-thread.js';
import type { SharedLayout } from './shared-layout.js';
import { read, resultsOf, sharedLayout, sharedMemory } from './shared-layout.js';

export interface GradientPoolOptions {
  /** Number of threads that compute gradients, in addition to this one, which distributes work and updates the parameters; from 1. */
  readonly threads: number;
  /**
   * URLs of ES modules whose default export has the `neurons` and `activations` that the networks name besides the built-in ones. Every thread
   * loads them; default: none.
   */
  readonly modules?: readonly string[] | undefined;
}

/**
 * Computes the gradients of a batch's micro-batches on several threads, each with its own WebAssembly heap. Choose the option
 * `microBatch` of `fit` to have something to share out: half the batch for two threads. Micro-batches are summed in their order
 * whichever thread computed them, so that the number of threads changes no byte of the result.
 *
 * Threads get the networks as data: their models must be built-in ones or those of `modules`, the loss one that `lossOf` knows, and a teacher one that
 * `teacherFrom` made.
 *
 * @throws when it is started, if that is not so or `threads` is not an integer from 1; naming the thread, if one fails.
 */
export function gradientPool({ threads, modules = [] }: GradientPoolOptions): StartGradientEngine {
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new Error(`The threads of a gradient pool must be an integer of at least 1, not ${threads}.`);
  }
  return (objective) => startPool(objective, threads, modules);
}

async function startPool(objective: Objective, threads: number, modules: readonly string[]): Promise<GradientEngine> {
  const { bound, trainables, loss, teacher, forward } = objective;
  if (teacher !== undefined && teacher.network === undefined) {
    throw new Error('Threads need the teacher as a network, but this one is code: make it with teacherFrom(bound).');
  }
  const layout = sharedLayout(bound.network, trainables.keys());
  const parameters = sharedMemory(layout.parameters);
  const start = {
    network: bound.network,
    modules,
    trainables: [...trainables.keys()],
    loss: loss.description,
    teacher: teacher?.network,
    forward: forward.description,
    deterministic: kernelBuild() === 'plain',
    winograd: usesWinograd(),
    sparseConvolutions: usesSparseConvolutions(),
    parameters,
  };
  const pool = await startAll(threads, (name) => startGradientThread(name, start));
  const results: Float32Array<SharedArrayBuffer>[] = [];
  let step = 0;

  return {
    async gradientsOf(parts) {
      step++;
      for (const { name, offset } of layout.parameters) {
        parameters.set(liveParameter(bound.live, name).dataSync<'float32'>(), offset);
      }
      while (results.length < parts.length) results.push(sharedMemory(resultsOf(layout)));
      const waiting = parts.map((part, index) => ({ part, index }));
      const contributions = new Map<number, () => Contribution>();
      // An idle worker takes the next one.
      await Promise.all(
        pool.map(async (thread) => {
          for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
            const own = results[task.index] ?? sharedMemory(resultsOf(layout));
            const reply = await thread.take({ step, part: task.part, results: own });
            contributions.set(task.index, () => contributionIn(own, layout, reply));
          }
        }),
      );
      return sumInOrder(parts.flatMap((_, index) => contributions.get(index) ?? []));
    },
    dispose: async () => void (await Promise.all(pool.map((thread) => thread.stop()))),
  };
}

/** Starts all threads, or none. */
async function startAll(
  threads: number,
  startOne: (name: string) => Promise<GradientThread>,
): Promise<readonly GradientThread[]> {
  const names = Array.from({ length: threads }, (_, i) => `training thread ${i + 1} of ${threads}`);
  const started = await Promise.allSettled(names.map(startOne));
  const running = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = started.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await Promise.all(running.map((thread) => thread.stop()));
    throw failed.reason;
  }
  return running;
}

/** A micro-batch's results as tensors of this thread. */
function contributionIn(
  results: Float32Array,
  layout: SharedLayout,
  { loss, counts }: Extract<GradientReply, { readonly kind: 'done' }>,
): Contribution {
  const gradients = new Map<string, Tensor>(
    layout.gradients.map((stretch) => [stretch.name, tensor(read(results, stretch), [...stretch.shape])]),
  );
  const statistics = new Map<string, BatchStatistics>();
  for (const { node, mean, variance } of layout.statistics) {
    const count = counts.get(node);
    if (count === undefined) continue;
    statistics.set(node, { count, mean: tensor1d(read(results, mean)), variance: tensor1d(read(results, variance)) });
  }
  return { loss, gradients, statistics };
}
