import type { CompiledSpikeKernels, KernelMemory } from '@rheobase/spike-kernels';
import type { SimulationResult } from '@rheobase/network';
import type { Plan } from './plan.js';
import type { PlanBatch, RunOptions } from './run-plan.js';

/** The data that a worker is started with. */
export interface WorkerSetup {
  readonly module: CompiledSpikeKernels;
  readonly memory: KernelMemory;
}

/** A part of a batch to run. */
export interface WorkerTask {
  readonly number: number;
  readonly plan: Plan;
  readonly workspace: number;
  readonly batch: PlanBatch;
  readonly options: RunOptions;
}

export type WorkerAnswer =
  | { readonly number: number; readonly result: SimulationResult }
  | { readonly number: number; readonly error: string };
