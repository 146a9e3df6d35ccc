import type { Binding } from '@rheobase/execution';
import { liveParameter } from '@rheobase/execution';
import type { BatchStatistics } from '@rheobase/tfjs-wasm-training';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { add, mul, tidy } from '@tensorflow/tfjs-core';

/** Running statistics follow a batch's; the variance in its unbiased form, as PyTorch has it. */
export function followStatistics(
  { network, live }: Pick<Binding, 'network' | 'live'>,
  statistics: ReadonlyMap<string, BatchStatistics>,
  momentum: number,
): void {
  const follow = (running: Variable, now: Tensor): void =>
    running.assign(add(mul(running, 1 - momentum), mul(now, momentum)));
  for (const node of network.nodes) {
    const own = statistics.get(node.name);
    if (node.op !== 'batchNorm' || own === undefined) continue;
    tidy(() => {
      follow(liveParameter(live, node.mean), own.mean);
      follow(liveParameter(live, node.variance), mul(own.variance, own.count / Math.max(own.count - 1, 1)));
    });
  }
}
