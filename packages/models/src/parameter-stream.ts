import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

const salts = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;

/** MurmurHash3 over 32-bit words. */
function hash(words: readonly number[], salt: number): number {
  let state = salt;
  for (const word of words) {
    let mixed = Math.imul(word, 0xcc9e2d51);
    mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    mixed ^= state;
    state = (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return state ^ (state >>> 16);
}

/**
 * The random numbers of one parameter. They depend on the seed and the parameter's name alone, so a network with a layer
 * more starts all its other layers at the same weights.
 *
 * @param seed a safe integer
 */
export function parameterStream(seed: number, name: string): RandomGenerator {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`A seed must be a safe integer, not ${seed}.`);
  const words = [seed | 0, Math.floor(seed / 2 ** 32) | 0, ...Array.from(name, (letter) => letter.codePointAt(0) ?? 0)];
  const state = salts.map((salt) => hash(words, salt));
  // The generator stands still at the all-zero state.
  return xoroshiro128plusFromState(state.every((word) => word === 0) ? salts : state);
}
