import type { NetworkNode } from '@rheobase/network';
import { assertFiniteInputs, assertFiniteValues, firstNotFinite, isPlain } from '@rheobase/network';
import { columnSums } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';
import { tensorOperationOf } from './evaluate-node.js';

/** @throws {NetworkError} naming the input and the image that is NaN or infinite. */
export function assertFiniteFeed(
  feed: ReadonlyMap<string, Tensor>,
  framed: { has(name: string): boolean } = new Set(),
): void {
  for (const [name, tensor] of feed) {
    const [first = 0, second = 0] = tensor.shape;
    if (framed.has(name)) assertFiniteInputs(name, tensor.dataSync(), second, first);
    else assertFiniteInputs(name, tensor.dataSync(), first);
  }
}

/** @throws {NetworkError} naming the node, if any of its values is NaN or infinite. */
export function assertFiniteNode(node: NetworkNode, value: Tensor): void {
  if (!isPlain(node) || tensorOperationOf(node).overflows !== true) return;
  // One fast pass sums the values; only if the sum is not finite, which may be its own overflow, is each value checked.
  const suspected = tidy(() => firstNotFinite(columnSums(value).dataSync()) >= 0);
  if (suspected) assertFiniteValues(node.name, 'values', value.dataSync());
}
