import type { Binding } from '@rheobase/execution';
import { liveParameter } from '@rheobase/execution';
import type { BatchStatistics } from '@rheobase/tfjs-wasm-training';
import { movingAverageUpdate } from '@rheobase/tfjs-wasm-training';
import { dispose } from '@tensorflow/tfjs-core';

/** Running statistics follow a batch's; the variance in its unbiased form, as PyTorch has it. */
export function followStatistics(
  { network, live }: Pick<Binding, 'network' | 'live'>,
  statistics: ReadonlyMap<string, BatchStatistics>,
  momentum: number,
): void {
  for (const node of network.nodes) {
    const own = statistics.get(node.name);
    if (node.op !== 'batchNorm' || own === undefined) continue;
    movingAverageUpdate(liveParameter(live, node.mean), own.mean, momentum);
    const unbiased = own.count / Math.max(own.count - 1, 1);
    movingAverageUpdate(liveParameter(live, node.variance), own.variance, momentum, unbiased);
  }
}

/** Frees the statistics of a batch. */
export function disposeStatistics(statistics: ReadonlyMap<string, BatchStatistics>): void {
  for (const { mean, variance } of statistics.values()) dispose([mean, variance]);
}
