import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleBilinear } from './sample-bilinear.js';

describe('sampling bilinearly', () => {
  it('weighs the four pixels around each centre, in real numbers to within one level', () => {
    fc.assert(
      fc.property(
        fc.record({ h: fc.integer({ min: 1, max: 9 }), w: fc.integer({ min: 1, max: 9 }) }),
        fc.record({ height: fc.integer({ min: 1, max: 14 }), width: fc.integer({ min: 1, max: 14 }) }),
        fc.infiniteStream(fc.nat(255)),
        ({ h, w }, to, levels) => {
          const data = Uint8Array.from({ length: h * w }, () => Number(levels.next().value));
          const sampled = sampleBilinear({ data, height: h, width: w, channels: 1 }, to);
          const pixel = (y: number, x: number): number =>
            data[Math.min(Math.max(y, 0), h - 1) * w + Math.min(Math.max(x, 0), w - 1)] ?? 0;
          for (let row = 0; row < to.height; row += 1) {
            for (let column = 0; column < to.width; column += 1) {
              const y = ((row + 0.5) * h) / to.height - 0.5;
              const x = ((column + 0.5) * w) / to.width - 0.5;
              const [y0, x0] = [Math.floor(y), Math.floor(x)];
              const above = pixel(y0, x0) * (x0 + 1 - x) + pixel(y0, x0 + 1) * (x - x0);
              const below = pixel(y0 + 1, x0) * (x0 + 1 - x) + pixel(y0 + 1, x0 + 1) * (x - x0);
              const exact = above * (y0 + 1 - y) + below * (y - y0);
              expect(Math.abs((sampled.data[row * to.width + column] ?? 0) - exact)).toBeLessThan(1);
            }
          }
        },
      ),
      { seed: 11, numRuns: 150 },
    );
  });

  it('averages pairs when it halves, and does not smooth when it shrinks further', () => {
    const image = { data: Uint8Array.of(0, 100, 200, 40, 8, 16, 24, 32), height: 1, width: 8, channels: 1 };
    expect([...sampleBilinear(image, { height: 1, width: 4 }).data]).toEqual([50, 120, 12, 28]);
    expect([...sampleBilinear(image, { height: 1, width: 2 }).data]).toEqual([150, 20]);
  });

  it('refuses a side that is not a positive integer', () => {
    expect(() =>
      sampleBilinear({ data: Uint8Array.of(1), height: 1, width: 1, channels: 1 }, { height: 0, width: 1 }),
    ).toThrow(/0×1/);
  });
});
