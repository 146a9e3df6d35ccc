import type { Network } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensor } from '@tensorflow/tfjs-core';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Random images for a network's one input, one by one and as a batch. */
export function inputsFor(
  network: Network,
  count: number,
  seed: number,
): { readonly images: readonly Float32Array[]; readonly batch: Tensor } {
  const input = network.nodes.find((node) => node.op === 'input');
  if (input === undefined) throw new Error('The network has no input.');
  const random = xoroshiro128plus(seed);
  const size = sizeOf(input.shape);
  const data = Float32Array.from({ length: count * size }, () => 2 * uniformFloat64(random) - 1);
  return {
    images: Array.from({ length: count }, (_, i) => data.slice(i * size, (i + 1) * size)),
    batch: tensor(data.slice(), [count, ...input.shape]),
  };
}
