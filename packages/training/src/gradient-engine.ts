import type { BatchStatistics } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, dispose } from '@tensorflow/tfjs-core';
import { disposeStatistics } from './batch-norm-statistics.js';
import type { Contribution, Objective } from './differentiate.js';
import { differentiate } from './differentiate.js';
import type { MicroBatch } from './micro-batch.js';

/** What a batch gives. Its tensors are the caller's to dispose: `disposeBatchGradients`. */
export interface BatchGradients {
  /** Averaged over the batch. */
  readonly loss: number;
  /** By parameter. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** By batch norm node, one for each micro-batch, in their order. */
  readonly statistics: readonly ReadonlyMap<string, BatchStatistics>[];
}

/**
 * Computes the gradients of batches. However it does that, micro-batches are summed in their order, in
 * float32: two engines give the same bytes.
 */
export interface GradientEngine {
  /** The gradients at the present values of the live parameters. */
  gradientsOf(parts: readonly MicroBatch[]): Promise<BatchGradients>;
  dispose(): Promise<void>;
}

/** Makes an engine ready for what is to be differentiated. */
export type StartGradientEngine = (objective: Objective) => Promise<GradientEngine>;

/** Takes gradients on this thread, one micro-batch after the other. */
export async function gradientsHere(objective: Objective): Promise<GradientEngine> {
  return {
    gradientsOf: async (parts) => sumInOrder(parts.map((part) => () => differentiate(objective, part))),
    dispose: async () => undefined,
  };
}

/** Sums contributions in the given order, each awaited in turn, and frees everything but the sum. */
export function sumInOrder(contributions: readonly (() => Contribution)[]): BatchGradients {
  let loss = 0;
  let gradients: ReadonlyMap<string, Tensor> = new Map();
  const statistics: ReadonlyMap<string, BatchStatistics>[] = [];
  try {
    for (const take of contributions) {
      const own = take();
      statistics.push(own.statistics);
      loss += own.loss;
      gradients = gradients.size === 0 ? own.gradients : sumOf(gradients, own.gradients);
    }
    return { loss, gradients, statistics };
  } catch (error) {
    disposeBatchGradients({ loss, gradients, statistics });
    throw error;
  }
}

/** The sum of two gradients, which are freed. */
function sumOf(before: ReadonlyMap<string, Tensor>, more: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const sums = new Map<string, Tensor>();
  try {
    for (const [name, gradient] of before) {
      const other = more.get(name);
      if (other === undefined) throw new Error(`A micro-batch gave no gradient of '${name}'.`);
      sums.set(name, add(gradient, other));
      dispose([gradient, other]);
    }
    return sums;
  } catch (error) {
    dispose([...sums.values(), ...before.values(), ...more.values()]);
    throw error;
  }
}

/** Frees every tensor of a batch's gradients. */
export function disposeBatchGradients({ gradients, statistics }: BatchGradients): void {
  dispose([...gradients.values()]);
  statistics.forEach(disposeStatistics);
}
