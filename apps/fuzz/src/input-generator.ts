import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** The generator of one input, so that each can be made again without those before it. */
export function inputGenerator(seed: number, index: number): RandomGenerator {
  const mixed = Math.imul((seed | 0) ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  return xoroshiro128plus(mixed ^ (mixed >>> 15) ^ index);
}
