import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlap, placeLabels, ticksThatFit } from './label-placement.js';

const within = { left: 0, right: 300, top: 0, bottom: 200 };
const dots = fc.array(
  fc.record({
    x: fc.integer({ min: 5, max: 295 }),
    y: fc.integer({ min: 5, max: 195 }),
    text: fc.integer({ min: 1, max: 1024 }).map(String),
  }),
  { maxLength: 60 },
);

describe('placeLabels', () => {
  it('puts no text on another, on a dot, or outside, however crowded it is', () => {
    fc.assert(
      fc.property(dots, (given) => {
        const boxes = placeLabels(given, 11, within).map(({ box }) => box);
        for (const [index, box] of boxes.entries()) {
          expect(boxes.slice(index + 1).some((other) => overlap(box, other))).toBe(false);
          expect(given.some(({ x, y }) => x > box.left && x < box.right && y > box.top && y < box.bottom)).toBe(false);
          expect(box.left >= 0 && box.right <= 300 && box.top >= 0 && box.bottom <= 200).toBe(true);
        }
      }),
      { seed: 24, numRuns: 200 },
    );
  });

  it('names every dot that has room, and dots in one place once', () => {
    const far = [20, 80, 140].map((x) => ({ x, y: 100, text: String(x) }));
    expect(placeLabels(far, 11, within).map(({ text }) => text)).toEqual(['20', '80', '140']);
    const same = Array.from({ length: 5 }, () => ({ x: 50, y: 50, text: '4' }));
    expect(placeLabels(same, 11, within)).toHaveLength(1);
  });
});

describe('ticksThatFit', () => {
  it('keeps the last, and others as far as they do not touch', () => {
    const position = (t: number): number => 100 * Math.log2(t);
    expect(ticksThatFit([1, 2, 4, 8, 16, 17], position, 12)).toEqual([1, 2, 4, 8, 17]);
    expect(ticksThatFit([3], position, 12)).toEqual([3]);
    expect(ticksThatFit([], position, 12)).toEqual([]);
  });
});
