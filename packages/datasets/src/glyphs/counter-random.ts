/**
 * The random numbers of one glyph image.
 *
 * Kept inside this folder, and apart from the generator the rest of the project uses, because the set is frozen: no library's new
 * version may change it. Only 32-bit integer operations and exact scalings are used, so that every engine draws the same numbers.
 */
export interface CounterRandom {
  /** Uniform over 0…2³² − 1. */
  uint32(): number;
  /** Uniform over the multiples of 2⁻³² in [0, 1). */
  unit(): number;
  /** Uniform over [low, high). */
  between(low: number, high: number): number;
  /** Uniform over the integers 0…count − 1. */
  below(count: number): number;
  /** True with the given probability, 0…1. */
  chance(probability: number): boolean;
}

/** The golden ratio's fraction in 32 bits: consecutive multiples of it are spread evenly. */
const step = 0x9e3779b9;

/** A bijection of 32-bit words in which every input bit changes every output bit about half of the time. */
export function mix32(word: number): number {
  let mixed = word | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

/**
 * A generator whose n-th number is a function of `key` and n alone: the counter runs through two keyed mixings. Two keys of 32 bits
 * each are derived from the words, so that neighbouring images share no stretch of their streams.
 *
 * @param key words of 32 bits, such as seed, split and index.
 */
export function counterRandom(key: readonly number[]): CounterRandom {
  let first = 0x2545f491;
  let second = 0x6c078965;
  for (const word of key) {
    first = mix32(Math.imul(first, 31) + word);
    second = mix32((second ^ word) + step);
  }
  let counter = 0;
  const uint32 = (): number => {
    counter = (counter + step) | 0;
    return mix32(mix32(counter + first) ^ second) >>> 0;
  };
  const unit = (): number => uint32() / 4294967296;
  return {
    uint32,
    unit,
    between: (low, high) => low + (high - low) * unit(),
    below: (count) => Math.floor(unit() * count),
    chance: (probability) => unit() < probability,
  };
}
