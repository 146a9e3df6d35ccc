import { describe, expect, it } from 'vitest';
import { imagesPerSecond, paceAfter, secondsFor, unknownPace } from './pace.js';
import { stopwatch } from './stopwatch.js';

describe('pace', () => {
  it('is unknown before the first batch', () => {
    expect(imagesPerSecond(unknownPace)).toBe(0);
    expect(secondsFor(3, unknownPace)).toBe(Infinity);
  });

  it('is exact where batches take the same time', () => {
    let pace = unknownPace;
    for (let i = 0; i < 50; i++) pace = paceAfter(pace, 128, 0.5);
    expect(imagesPerSecond(pace)).toBeCloseTo(256, 9);
    expect(secondsFor(10, pace)).toBeCloseTo(5, 9);
  });

  it('forgets what is long past', () => {
    let pace = unknownPace;
    for (let i = 0; i < 100; i++) pace = paceAfter(pace, 10, 1);
    for (let i = 0; i < 100; i++) pace = paceAfter(pace, 20, 1);
    expect(imagesPerSecond(pace)).toBeGreaterThan(19.9);
  });
});

describe('a stopwatch', () => {
  it('counts what lies between start and the end of a batch, and nothing else', () => {
    let time = 0;
    const watch = stopwatch(() => time);
    time = 5_000;
    watch.start();
    time = 5_500;
    expect(imagesPerSecond(watch.batchDone(100))).toBe(200);
    time = 60_000;
    watch.start();
    time = 60_500;
    watch.batchDone(100);
    expect(watch.imagesPerSecond()).toBe(200);
  });
});
