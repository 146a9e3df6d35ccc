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

/** Mixes the bits of a hash (MurmurHash3's finalizer). */
function finish(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

const salts = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;

/** All 128 bits of the generator's state come from a hash of the words. */
function streamOf(words: readonly number[]): RandomGenerator {
  const state = salts.map((salt) => finish(words.reduce(fold, salt)));
  // The generator cannot leave the all-zero state.
  return xoroshiro128plusFromState(state.every((word) => word === 0) ? salts : state);
}

const wordsOf = (integer: number): readonly number[] => [integer | 0, Math.floor(integer / 2 ** 32) | 0];

/**
 * A random generator for a point such as (seed, epoch, image index): equal coordinates give equal numbers, all other coordinates, even adjacent ones,
 * unrelated numbers.
 *
 * @param coordinates safe integers, possibly negative
 * @throws if a coordinate is not a safe integer.
 */
export function randomStream(...coordinates: readonly number[]): RandomGenerator {
  for (const coordinate of coordinates) {
    if (!Number.isSafeInteger(coordinate)) {
      throw new RangeError(`a random stream is named by safe integers; ${coordinate} is not one`);
    }
  }
  return streamOf([coordinates.length, ...coordinates.flatMap(wordsOf)]);
}

/**
 * The random generator for a name, such as a parameter's. It depends only on the seed and the name, so that adding a layer does not change the
 * initial weights of the others.
 *
 * @param seed a safe integer
 * @throws if the seed is not a safe integer.
 */
export function namedStream(seed: number, name: string): RandomGenerator {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`A seed must be a safe integer, not ${seed}.`);
  return streamOf([...wordsOf(seed), ...Array.from(name, (letter) => letter.codePointAt(0) ?? 0)]);
}
