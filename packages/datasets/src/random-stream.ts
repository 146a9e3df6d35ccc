import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Folds one 32-bit word into a 32-bit hash (the step of MurmurHash3). */
function fold(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = (mixed << 15) | (mixed >>> 17);
  mixed = hash ^ Math.imul(mixed, 0x1b873593);
  mixed = (mixed << 13) | (mixed >>> 19);
  return (Math.imul(mixed, 5) + 0xe6546b64) | 0;
}

/** Spreads every bit of a hash over all of it (the finish of MurmurHash3). */
function finish(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

const stateSalts = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;

/**
 * A random generator that belongs to a point such as (seed, epoch, image index): the same coordinates give the same numbers, any other
 * coordinates unrelated ones. All 128 bits of the generator's state come from a hash of the coordinates, so that neighbouring seeds do
 * not give neighbouring streams.
 *
 * @param coordinates safe integers, negative ones included
 * @throws if a coordinate is not a safe integer.
 */
export function randomStream(...coordinates: readonly number[]): RandomGenerator {
  const words: number[] = [coordinates.length];
  for (const coordinate of coordinates) {
    if (!Number.isSafeInteger(coordinate)) {
      throw new RangeError(`a random stream is named by safe integers; ${coordinate} is not one`);
    }
    words.push(coordinate | 0, Math.floor(coordinate / 2 ** 32) | 0);
  }
  const state = stateSalts.map((salt) => finish(words.reduce(fold, salt)));
  // The generator stands still at the all-zero state.
  return xoroshiro128plusFromState(state.every((word) => word === 0) ? stateSalts : state);
}
