import type { Pace } from './pace.js';
import { paceAfter, unknownPace } from './pace.js';

/** Times batches, and nothing else that happens between `start` and the next one. */
export interface Stopwatch {
  /** From now on, time counts towards the next batch. */
  start(): void;
  /** A batch is done; the next one starts. */
  batchDone(images: number): Pace;
  /** Over all batches; 0 where there were none. */
  imagesPerSecond(): number;
}

export function stopwatch(now: () => number = () => performance.now()): Stopwatch {
  let since = now();
  let pace = unknownPace;
  let [totalImages, totalSeconds] = [0, 0];
  return {
    start() {
      since = now();
    },
    batchDone(images) {
      const end = now();
      const seconds = (end - since) / 1000;
      since = end;
      totalImages += images;
      totalSeconds += seconds;
      pace = paceAfter(pace, images, seconds);
      return pace;
    },
    imagesPerSecond: () => (totalSeconds > 0 ? totalImages / totalSeconds : 0),
  };
}
