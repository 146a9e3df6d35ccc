import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { glyphImageSize, strokeMask } from './stroke-mask.js';

const at = (mask: Float64Array, x: number, y: number) => mask[y * glyphImageSize + x];

describe('a stroke mask', () => {
  it('covers the pixels the pen passes over, and none away from it', () => {
    const mask = strokeMask([[4.5, 10.5, 20.5, 10.5]], 1.5);
    expect(at(mask, 12, 10)).toBe(1);
    expect(at(mask, 12, 13)).toBe(0);
    expect(at(mask, 28, 10)).toBe(0);
  });

  it('covers half of a pixel whose centre is on the edge of the pen', () => {
    expect(at(strokeMask([[4.5, 10.5, 20.5, 10.5]], 2), 12, 12)).toBe(0.5);
  });

  it('is a disc where a stroke has no length', () => {
    const mask = strokeMask([[16, 16, 16, 16]], 3);
    expect(at(mask, 15, 15)).toBe(1);
    expect(at(mask, 16, 20)).toBe(0);
  });

  it('is what the distance to the nearest segment gives, also for strokes that leave the image', () => {
    const coordinate = fc.double({ min: -8, max: 40, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(coordinate, { minLength: 4, maxLength: 8 }).filter((points) => points.length % 2 === 0),
        fc.double({ min: 0.5, max: 5, noNaN: true }),
        (points, radius) => {
          const mask = strokeMask([points], radius);
          for (let pixel = 0; pixel < mask.length; pixel += 7) {
            const x = (pixel % glyphImageSize) + 0.5;
            const y = Math.floor(pixel / glyphImageSize) + 0.5;
            let nearest = Number.POSITIVE_INFINITY;
            for (let next = 2; next < points.length; next += 2) {
              const [fromX = 0, fromY = 0, toX = 0, toY = 0] = points.slice(next - 2, next + 2);
              const squared = (toX - fromX) ** 2 + (toY - fromY) ** 2;
              const share = squared === 0 ? 0 : ((x - fromX) * (toX - fromX) + (y - fromY) * (toY - fromY)) / squared;
              const along = Math.min(1, Math.max(0, share));
              const distance = Math.hypot(x - fromX - along * (toX - fromX), y - fromY - along * (toY - fromY));
              nearest = Math.min(nearest, distance);
            }
            const expected = Math.min(1, Math.max(0, 0.5 + (radius ** 2 - nearest ** 2) / (2 * radius)));
            expect(mask[pixel]).toBeCloseTo(expected, 6);
          }
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });
});
