import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RasterImage } from '../raster-image.js';
import { autoContrast, equalize, invert, posterize, solarize } from './levels.js';

const images: fc.Arbitrary<RasterImage> = fc
  .record({
    height: fc.integer({ min: 1, max: 40 }),
    width: fc.integer({ min: 1, max: 40 }),
    channels: fc.constantFrom(1, 3),
    // Few levels and a narrow range bring out the cases in which a channel cannot be stretched.
    low: fc.integer({ min: 0, max: 255 }),
    range: fc.constantFrom(1, 2, 9, 256),
  })
  .chain(({ height, width, channels, low, range }) =>
    fc
      .uint8Array({ minLength: height * width * channels, maxLength: height * width * channels })
      .map((bytes) => ({ height, width, channels, data: bytes.map((byte) => Math.min(255, low + (byte % range))) })),
  );

function check(
  change: (image: RasterImage) => RasterImage,
  level: (v: number, all: readonly number[]) => number,
): void {
  fc.assert(
    fc.property(images, (image) => {
      const before = image.data.slice();
      const changed = change(image);
      expect(image.data).toEqual(before);
      const { channels, height, width } = image;
      expect({ ...changed, data: undefined }).toEqual({ channels, height, width, data: undefined });
      for (let channel = 0; channel < channels; channel++) {
        const all = [...before].filter((_, at) => at % channels === channel);
        const levels = new Map([...new Set(all)].map((v) => [v, level(v, all)]));
        expect([...changed.data].filter((_, at) => at % channels === channel)).toEqual(all.map((v) => levels.get(v)));
      }
    }),
    { seed: 2, numRuns: 60 },
  );
}

describe('operations on levels', () => {
  it('invert every level', () => {
    check(invert, (v) => 255 - v);
  });

  it('solarize: invert the levels from the threshold on', () => {
    for (const threshold of [0, 1, 113.3, 255, 256]) {
      check(
        (image) => solarize(image, threshold),
        (v) => (v >= threshold ? 255 - v : v),
      );
    }
  });

  it('posterize: keep the upper bits, all of them being the identity', () => {
    for (const bits of [0, 1, 4, 7, 8]) {
      check(
        (image) => posterize(image, bits),
        (v) => Math.floor(v / 2 ** (8 - bits)) * 2 ** (8 - bits),
      );
    }
  });

  it('stretch each channel to the whole range, unless it has one level only', () => {
    check(autoContrast, (v, all) => {
      const low = Math.min(...all);
      const high = Math.max(...all);
      if (low === high) return v;
      const scale = 255 / (high - low);
      return Math.floor(Math.min(255, Math.max(0, v * scale - low * scale)));
    });
  });

  it('equalize: turn each level into the share of pixels darker than it', () => {
    check(equalize, (v, all) => {
      const lightest = Math.max(...all);
      const step = Math.floor(all.filter((other) => other !== lightest).length / 255);
      if (step === 0) return v;
      const darker = all.filter((other) => other < v).length;
      return Math.min(255, Math.floor((Math.floor(step / 2) + darker) / step));
    });
  });
});
