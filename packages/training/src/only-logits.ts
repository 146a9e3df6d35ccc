import { NetworkError } from '@rheobase/network';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * The logits `[N, K]` of a network that classifies.
 *
 * @throws {NetworkError} if it has several outputs, or one of another rank.
 */
export function onlyLogits(outputs: ReadonlyMap<string, Tensor>): Tensor2D {
  const [logits, ...others] = outputs.values();
  if (logits === undefined || others.length > 0 || logits.rank !== 2) {
    throw new NetworkError([
      {
        subject: 'network',
        message: `to be trained as a classifier it must have one output [K], but has ${outputs.size}`,
      },
    ]);
  }
  return logits as Tensor2D;
}
