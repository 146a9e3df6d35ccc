import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RasterImage } from '../raster-image.js';
import { rotate, shearX, shearY, translateX, translateY } from './geometry.js';

const images: fc.Arbitrary<RasterImage> = fc
  .record({
    height: fc.integer({ min: 1, max: 20 }),
    width: fc.integer({ min: 1, max: 20 }),
    channels: fc.constantFrom(1, 3),
  })
  .chain(({ height, width, channels }) =>
    fc
      .uint8Array({ minLength: height * width * channels, maxLength: height * width * channels })
      .map((data) => ({ height, width, channels, data })),
  );

const moves = { shearX, shearY, translateX, translateY, rotate };

describe('geometric operations', () => {
  it.each(Object.entries(moves))('%s by nothing is the identity', (_, move) => {
    fc.assert(
      fc.property(images, (image) => {
        expect(move(image, 0, [9])).toEqual(image);
      }),
      { seed: 3, numRuns: 40 },
    );
  });

  it.each(Object.entries(moves))('%s leaves its argument untouched', (_, move) => {
    fc.assert(
      fc.property(images, fc.integer({ min: -30, max: 30 }), (image, amount) => {
        const before = image.data.slice();
        move(image, amount, [9]);
        expect(image.data).toEqual(before);
      }),
      { seed: 4, numRuns: 40 },
    );
  });

  it('shift right and down, filling what comes in', () => {
    const image = { height: 2, width: 3, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect([...translateX(image, 1, [9]).data]).toEqual([9, 1, 2, 9, 4, 5]);
    expect([...translateX(image, -2, [9]).data]).toEqual([3, 9, 9, 6, 9, 9]);
    expect([...translateY(image, 1, [9]).data]).toEqual([9, 9, 9, 1, 2, 3]);
    expect([...translateY(image, -5, [9]).data]).toEqual([9, 9, 9, 9, 9, 9]);
  });

  it('shear by one pixel a row, left for a positive slope', () => {
    const image = { height: 3, width: 3, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) };
    // Row centres are at halves: slope 1 takes row y's pixels from y + ½ to the right, rounded to the nearest.
    expect([...shearX(image, 1, [0]).data]).toEqual([2, 3, 0, 6, 0, 0, 0, 0, 0]);
    expect([...shearY(image, 1, [0]).data]).toEqual([4, 8, 0, 7, 0, 0, 0, 0, 0]);
  });

  it('rotate counter-clockwise', () => {
    const image = { height: 3, width: 3, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) };
    expect([...rotate(image, 90, [0]).data]).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
    expect([...rotate(image, 45, [0]).data][4]).toBe(5);
  });

  it('refuse a fill that does not match the channels', () => {
    const image = { height: 1, width: 1, channels: 1, data: Uint8Array.of(1) };
    expect(() => rotate(image, 5, [1, 2, 3])).toThrow('rotate: fill has 3 levels but the image has 1 channels');
  });
});
