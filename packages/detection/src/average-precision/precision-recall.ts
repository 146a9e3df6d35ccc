/** What became of one detection: it found an object, found none, or does not count. */
export type Verdict = 'found' | 'wrong' | 'ignored';

/** Recall and precision after each detection that counts, by falling score. */
export interface PrecisionRecall {
  readonly recall: Float64Array;
  readonly precision: Float64Array;
}

/** @param objects how many there are to be found */
export function precisionRecall(verdicts: readonly Verdict[], objects: number): PrecisionRecall {
  const counted = verdicts.filter((verdict) => verdict !== 'ignored');
  const recall = new Float64Array(counted.length);
  const precision = new Float64Array(counted.length);
  let found = 0;
  counted.forEach((verdict, rank) => {
    if (verdict === 'found') found += 1;
    recall[rank] = found / objects;
    precision[rank] = found / (rank + 1);
  });
  return { recall, precision };
}

/** At each rank the greatest precision from there on. */
function envelope(precision: Float64Array): Float64Array {
  const greatest = precision.slice();
  for (let rank = greatest.length - 2; rank >= 0; rank -= 1) {
    greatest[rank] = Math.max(greatest[rank] ?? 0, greatest[rank + 1] ?? 0);
  }
  return greatest;
}

/** The mean of the greatest precision at a recall of at least each of the points; 0 where a recall is not reached. */
export function sampledPrecision({ recall, precision }: PrecisionRecall, points: readonly number[]): number {
  const greatest = envelope(precision);
  let rank = 0;
  let sum = 0;
  for (const point of points) {
    while (rank < recall.length && (recall[rank] ?? 0) < point) rank += 1;
    sum += greatest[rank] ?? 0;
  }
  return sum / points.length;
}

/** The area under the greatest precision at a recall of at least r, r from 0 to 1. */
export function areaUnderPrecision({ recall, precision }: PrecisionRecall): number {
  const greatest = envelope(precision);
  let area = 0;
  let before = 0;
  recall.forEach((value, rank) => {
    area += (value - before) * (greatest[rank] ?? 0);
    before = value;
  });
  return area;
}
