/**
 * What the value of a step counts in a read-out: 1 with rate coding, where means are read; with growth λ λ^−t, and of a constant only the first step counts.
 *
 * @param t from 0
 */
export function stepWorth(growth: number | undefined, t: number, changing: boolean): number {
  if (growth === undefined) return 1;
  return changing || t === 0 ? growth ** -t : 0;
}
