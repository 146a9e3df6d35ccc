import type { Network } from '@rheobase/network';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { randomArray } from './random-values.js';

/**
 * A random image for a network with one input, from −1 to 1.
 *
 * @throws if the network has no input.
 */
export function imageFor({ nodes }: Network, seed: number): Float32Array {
  const input = nodes.find((node) => node.op === 'input');
  if (input?.op !== 'input') throw new Error('The network has no input.');
  return randomArray(xoroshiro128plus(seed), input.shape, -1, 1);
}
