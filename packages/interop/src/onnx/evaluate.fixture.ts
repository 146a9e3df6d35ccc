import { bind, disposeResult } from '@rheobase/execution';
import { nodeOf } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';
import type { ImportedOnnx } from './import-onnx.js';
import { fromNetwork, toNetwork } from './ports.js';

/**
 * The outputs of an imported model on tensors, by name, in the layout of the file.
 *
 * @param feeds the values of every input, in the layout of the file: any number of samples
 */
export function evaluated(
  { network, inputs, outputs }: ImportedOnnx,
  feeds: ReadonlyMap<string, ArrayLike<number>>,
): ReadonlyMap<string, Float32Array> {
  const batch = new Map(
    inputs.flatMap((port) => {
      if (port.node === undefined) return [];
      const node = nodeOf(network, port.node);
      const values = toNetwork(port, feeds.get(port.name) ?? []);
      return node.op === 'input'
        ? [[port.node, tensor(values, [values.length / port.order.length, ...node.shape])] as const]
        : [];
    }),
  );
  const bound = bind(network);
  const [only, ...more] = batch.values();
  const result = bound.run(more.length === 0 && only !== undefined ? only : Object.fromEntries(batch));
  const values = new Map(
    outputs.map(
      (port) => [port.name, fromNetwork(port, result.outputs.get(port.node ?? '')?.dataSync() ?? [])] as const,
    ),
  );
  disposeResult(result);
  bound.dispose();
  for (const input of batch.values()) input.dispose();
  return values;
}

/** The greatest difference of two arrays, in units of the greatest number of the first. NaN and infinities must be the same in both. */
export function relativeError(wanted: ArrayLike<number>, found: ArrayLike<number>): number {
  if (wanted.length !== found.length) return Number.POSITIVE_INFINITY;
  let [error, most] = [0, 0];
  for (let i = 0; i < wanted.length; i += 1) {
    const [a, b] = [Math.fround(wanted[i] ?? 0), found[i] ?? 0];
    most = Number.isFinite(a) ? Math.max(most, Math.abs(a)) : most;
    if (Object.is(a, b)) continue;
    if (!Number.isFinite(a)) return Number.POSITIVE_INFINITY;
    error = Math.max(error, Math.abs(a - b));
  }
  return error === 0 ? 0 : error / most;
}
