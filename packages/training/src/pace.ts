/** How fast work has gone lately: sums in which what lies further back counts less. */
export interface Pace {
  readonly images: number;
  readonly batches: number;
  readonly seconds: number;
}

/** Before the first batch. */
export const unknownPace: Pace = { images: 0, batches: 0, seconds: 0 };

/** Seconds after which a batch counts 1/e. */
const memorySeconds = 20;

/** The pace after another batch. */
export function paceAfter(pace: Pace, images: number, seconds: number): Pace {
  const kept = Math.exp(-seconds / memorySeconds);
  return {
    images: kept * pace.images + images,
    batches: kept * pace.batches + 1,
    seconds: kept * pace.seconds + seconds,
  };
}

/** Images a second; 0 while the pace is unknown. */
export function imagesPerSecond({ images, seconds }: Pace): number {
  return seconds > 0 ? images / seconds : 0;
}

/** Seconds that the remaining batches will take; infinite while the pace is unknown. */
export function secondsFor(batches: number, pace: Pace): number {
  return pace.batches > 0 ? (batches * pace.seconds) / pace.batches : Number.POSITIVE_INFINITY;
}
