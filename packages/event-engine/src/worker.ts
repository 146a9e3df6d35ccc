import { parentPort, workerData } from 'node:worker_threads';
import { instantiateSpikeKernels } from '@rheobase/spike-kernels';
import type { SimulationResult } from '@rheobase/network';
import { runPlan } from './run-plan.js';
import type { WorkerAnswer, WorkerSetup, WorkerTask } from './worker-messages.js';

const { module, memory }: WorkerSetup = workerData;
const kernels = instantiateSpikeKernels(module, memory);

parentPort?.on('message', ({ number, plan, workspace, batch, options }: WorkerTask) => {
  try {
    const result = runPlan(plan, { memory, kernels, workspace }, batch, options);
    const answer: WorkerAnswer = { number, result };
    parentPort?.postMessage(answer, buffersOf(result));
  } catch (error) {
    const answer: WorkerAnswer = { number, error: error instanceof Error ? error.message : String(error) };
    parentPort?.postMessage(answer, []);
  }
});

/** The buffers of a result, to be transferred instead of copied. */
function buffersOf({ outputs, records }: SimulationResult): ArrayBuffer[] {
  return [...outputs.values(), ...records].flatMap(({ data: { buffer } }) =>
    buffer instanceof ArrayBuffer ? [buffer] : [],
  );
}
