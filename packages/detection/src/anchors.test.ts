import type { Anchor } from '@rheobase/models';
import { randomStream } from '@rheobase/network';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterAnchors, shapeIou } from './anchors.js';

const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 })), {
  minLength: 8,
  maxLength: 60,
});

describe('anchors by k-means', () => {
  it('find clusters that are there', () => {
    const around = ([w, h]: Anchor): readonly Anchor[] =>
      [-1, 0, 1].flatMap((d) => [-1, 0, 1].map((e) => [w + d, h + e] as const));
    const { anchors, meanIou } = clusterAnchors(
      [...around([100, 40]), ...around([20, 20]), ...around([60, 200])],
      3,
      randomStream(1),
    );
    expect(anchors.map(([w, h]) => [Math.round(w), Math.round(h)])).toEqual([
      [20, 20],
      [100, 40],
      [60, 200],
    ]);
    expect(meanIou).toBeGreaterThan(0.93);
  });

  it('tell the mean overlap with the best anchor, which as many anchors as sizes make 1', () => {
    fc.assert(
      fc.property(sizes, fc.nat(50), (list, seed) => {
        const { anchors, meanIou } = clusterAnchors(
          list,
          Math.min(3, new Set(list.map(String)).size),
          randomStream(seed),
        );
        const best = list.map((size) => Math.max(...anchors.map((anchor) => shapeIou(size, anchor))));
        expect(meanIou).toBeCloseTo(best.reduce((sum, value) => sum + value, 0) / list.length, 12);
        const different = new Set(list.map(String)).size;
        expect(clusterAnchors(list, different, randomStream(seed)).meanIou).toBeCloseTo(1, 12);
      }),
      { seed: 10, numRuns: 60 },
    );
  });

  it('are the same for the same random numbers', () => {
    const list: readonly Anchor[] = Array.from({ length: 40 }, (_, k) => [10 + ((k * 37) % 90), 10 + ((k * 53) % 70)]);
    expect(clusterAnchors(list, 4, randomStream(3))).toEqual(clusterAnchors(list, 4, randomStream(3)));
  });

  it('refuse more anchors than sizes, and sizes without area', () => {
    expect(() =>
      clusterAnchors(
        [
          [1, 2],
          [1, 2],
        ],
        2,
        randomStream(1),
      ),
    ).toThrow(/2 anchors.*1 different/);
    expect(() =>
      clusterAnchors(
        [
          [1, 0],
          [1, 2],
        ],
        1,
        randomStream(1),
      ),
    ).toThrow(/1×0/);
  });
});
