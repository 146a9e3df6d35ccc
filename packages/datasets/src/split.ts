import { permutation, randomStream } from '@rheobase/network';
import type { ImageSource } from './image-source.js';
import { subset } from './subset.js';

/** How {@link split} divides a source. */
export interface SplitOptions {
  /** Images held out; at least 1 and fewer than there are. */
  readonly heldOut: number;
  /** Determines which; a safe integer. */
  readonly seed: number;
}

/**
 * How many of `wanted` images each class gives: in proportion to `counts`, rounded by largest remainder so that the sum is exact. Equal
 * remainders go by `order`, so that the first classes do not always give more.
 */
function shares(counts: readonly number[], wanted: number, order: Int32Array): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  // Integers only: quotient and remainder of count · wanted / total.
  const given = counts.map((count) => Math.floor((count * wanted) / total));
  const remainders = counts.map((count) => (count * wanted) % total);
  let missing = wanted - given.reduce((sum, count) => sum + count, 0);
  const byRemainder = Array.from(order).toSorted((a, b) => (remainders[b] ?? 0) - (remainders[a] ?? 0));
  for (const label of byRemainder) {
    if (missing === 0) break;
    given[label] = (given[label] ?? 0) + 1;
    missing -= 1;
  }
  return given;
}

/**
 * Splits a source in two: `heldOut` images for model selection, and the others for training. Every class is held out in
 * proportion, the seed determines which images, and both parts keep the source's order.
 *
 * Both parts borrow the source: close the source itself, after them.
 *
 * @throws if `heldOut` is not an integer from 1 to the number of images less one.
 */
export async function split(
  source: ImageSource,
  { heldOut, seed }: SplitOptions,
): Promise<{ readonly training: ImageSource; readonly heldOut: ImageSource }> {
  if (!Number.isInteger(heldOut) || heldOut < 1 || heldOut >= source.length) {
    throw new RangeError(
      `${source.name} (${source.split}): cannot hold out ${heldOut} of ${source.length} images; hold out 1…${source.length - 1}`,
    );
  }
  const labels = await source.labels();
  const ofClass: number[][] = source.classNames.map(() => []);
  labels.forEach((label, index) => ofClass[label]?.push(index));
  const random = randomStream(seed);
  const given = shares(
    ofClass.map((indices) => indices.length),
    heldOut,
    permutation(ofClass.length, random),
  );
  const isHeldOut = new Uint8Array(source.length);
  ofClass.forEach((indices, label) => {
    const drawn = permutation(indices.length, random).subarray(0, given[label]);
    for (const position of drawn) isHeldOut[indices[position] ?? 0] = 1;
  });
  const where = (flag: number): number[] => Array.from(isHeldOut.keys()).filter((index) => isHeldOut[index] === flag);
  return { training: subset(source, where(0)), heldOut: subset(source, where(1)) };
}
