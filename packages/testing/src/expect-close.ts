/** Allowed difference of two numbers: |actual − expected| ≤ absolute + relative·|expected|. */
export interface Tolerance {
  /** Default 0. */
  readonly absolute?: number;
  /** Default 0. */
  readonly relative?: number;
}

/**
 * Checks that two arrays agree element by element. A value that is not finite equals only itself.
 *
 * @throws with the first differing element, the one that differs most, and their number.
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute = 0, relative = 0 }: Tolerance,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`The array has ${actual.length} elements where ${expected.length} are expected.`);
  }
  let first = -1;
  let worst = -1;
  let worstDifference = -1;
  let differing = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const is = Number(actual[i]);
    const should = Number(expected[i]);
    const within = Number.isFinite(should) && Math.abs(is - should) <= absolute + relative * Math.abs(should);
    if (within || Object.is(is, should)) continue;
    const difference = Number.isFinite(is - should) ? Math.abs(is - should) : Infinity;
    differing += 1;
    if (first < 0) first = i;
    if (difference > worstDifference) [worst, worstDifference] = [i, difference];
  }
  if (differing === 0) return;
  const at = (i: number): string => `element ${i} is ${actual[i]} where ${expected[i]} is expected`;
  throw new Error(
    `${differing} of ${expected.length} elements differ by more than ${absolute} + ${relative}·|expected|. ` +
      `First: ${at(first)}. Worst, by ${worstDifference}: ${at(worst)}.`,
  );
}
