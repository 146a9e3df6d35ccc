import { columnSums } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mul, onesLike } from '@tensorflow/tfjs-core';

/**
 * The gradient `[H, W, C]` of values that change together within a channel: the sum over the channel's positions, at each of
 * them. Moved by it, they stay as far apart as they were.
 */
export function alikeInChannel(gradient: Tensor): Tensor {
  return mul(onesLike(gradient), columnSums(gradient));
}
