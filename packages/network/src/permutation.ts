import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * The numbers 0…length − 1 in random order, every order equally likely (Fisher–Yates).
 *
 * @throws if `length` is not a non-negative integer.
 */
export function permutation(length: number, random: RandomGenerator): Int32Array {
  if (!Number.isInteger(length) || length < 0) {
    throw new RangeError(`a permutation's length must be a non-negative integer, is ${length}`);
  }
  const order = Int32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last -= 1) {
    const chosen = uniformInt(random, 0, last);
    const moved = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = moved;
  }
  return order;
}
