import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detection } from './detection.js';
import { iou } from './overlap.js';
import { judgedImages } from './random-scenes.fixture.js';
import { classWise, hardSuppression, softSuppression } from './suppression.js';

const detectionLists = judgedImages.map((images) => images.flatMap(({ detections }) => detections));

const at = (left: number, score: number, label = 0): Detection => ({
  box: { left, top: 0, right: left + 10, bottom: 10 },
  label,
  score,
});

describe('non-maximum suppression', () => {
  it('keeps what no better kept detection overlaps, and drops everything else', () => {
    fc.assert(
      fc.property(detectionLists, fc.constantFrom(0, 0.3, 0.5, 1), (list, threshold) => {
        const kept = hardSuppression(threshold)(list);
        for (const detection of list) {
          const better = kept.filter(({ score }) => score >= detection.score);
          const isOverlapped = better.some((other) => other !== detection && iou(other.box, detection.box) > threshold);
          if (!kept.includes(detection)) expect(isOverlapped).toBe(true);
        }
        kept.forEach((one, k) => {
          for (const other of kept.slice(k + 1)) expect(iou(one.box, other.box)).toBeLessThanOrEqual(threshold);
        });
        expect(kept.map(({ score }) => score)).toEqual(kept.map(({ score }) => score).toSorted((a, b) => b - a));
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  it('is not transitive: what a dropped detection overlapped stays', () => {
    // Neighbours share 4 of 16, a third; the outer two share nothing.
    const [a, b, c] = [at(0, 0.9), at(5, 0.8), at(10, 0.7)];
    expect(hardSuppression(0.3)([c, b, a])).toEqual([a, c]);
  });

  it('within classes leaves other classes alone', () => {
    const [a, b, c] = [at(0, 0.9, 0), at(1, 0.8, 1), at(1, 0.7, 0)];
    expect(classWise(hardSuppression(0.3))([a, b, c])).toEqual([a, b]);
    expect(hardSuppression(0.3)([a, b, c])).toEqual([a]);
  });

  it('refuses a threshold out of range', () => {
    expect(() => hardSuppression(1.2)).toThrow(/1\.2/);
  });
});

describe('soft suppression', () => {
  it('lowers the score of what overlaps, by hand', () => {
    const [a, b] = [at(0, 0.9), at(5, 0.8)];
    const [first, second] = softSuppression({ sigma: 0.5 })([b, a]);
    expect(first).toEqual(a);
    expect(second?.score).toBeCloseTo(0.8 * Math.exp(-((1 / 3) ** 2) / 0.5), 12);
  });

  it('leaves alone what overlaps nothing, and drops what falls below the least score', () => {
    expect(softSuppression()([at(0, 0.9), at(50, 0.4)])).toEqual([at(0, 0.9), at(50, 0.4)]);
    expect(softSuppression({ leastScore: 0.3 })([at(0, 0.9), at(0, 0.9)])).toEqual([at(0, 0.9)]);
  });

  it('never raises a score, and gives falling ones', () => {
    fc.assert(
      fc.property(detectionLists, (list) => {
        const soft = softSuppression({ leastScore: 0.05 })(list);
        for (const { box, score } of soft) {
          expect(list.some((other) => other.box === box && other.score >= score)).toBe(true);
        }
        soft.forEach(({ score }, k) => expect(score).toBeLessThanOrEqual(soft[k - 1]?.score ?? 1));
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it('refuses a σ that is not positive', () => {
    expect(() => softSuppression({ sigma: 0 })).toThrow(/σ/);
  });
});
