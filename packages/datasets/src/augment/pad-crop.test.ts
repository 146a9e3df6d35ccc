import { randomStream } from '@rheobase/network';
import fc from 'fast-check';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { describe, expect, it } from 'vitest';
import { padCrop, surrounds } from './pad-crop.js';

const image = { height: 3, width: 4, channels: 2, data: Uint8Array.from({ length: 24 }, (_, at) => at + 1) };

/** Walks from pixel 0 to a place, a pixel at a time, and turns round at both ends. */
function walk(place: number, size: number): number {
  if (size === 1) return 0;
  let [at, step] = [0, 1];
  for (let left = Math.abs(place); left > 0; left--) {
    if (at + step < 0 || at + step >= size) step = -step;
    at += step;
  }
  return at;
}

describe('pad-crop', () => {
  it('shows the image shifted by up to the padding each way, black around it, every shift about as often', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 900; seed++) {
      const { data, ...size } = padCrop({ padding: 1 }).apply(image, randomStream(seed));
      expect(size).toEqual({ height: 3, width: 4, channels: 2 });
      const match = [-1, 0, 1]
        .flatMap((down) => [-1, 0, 1].map((right) => ({ down, right })))
        .find(({ down, right }) =>
          data.every((level, at) => {
            const channel = at % 2;
            const x = (Math.floor(at / 2) % 4) + right;
            const y = Math.floor(at / 8) + down;
            const inside = x >= 0 && x < 4 && y >= 0 && y < 3;
            return level === (inside ? image.data[(y * 4 + x) * 2 + channel] : 0);
          }),
        );
      expect(match).toBeDefined();
      const key = JSON.stringify(match);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(9);
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(40);
  });

  it('without padding is the identity', () => {
    expect(padCrop({ padding: 0 }).apply(image, randomStream(1))).toEqual(image);
  });

  it('allows a padding larger than the image, which may leave nothing of it', () => {
    const sums = Array.from({ length: 50 }, (_, seed) =>
      padCrop({ padding: 9 })
        .apply(image, randomStream(seed))
        .data.reduce((sum, level) => sum + level, 0),
    );
    expect(sums).toContain(0);
    expect(Math.max(...sums)).toBeGreaterThan(0);
  });

  it('shows the image mirrored at its edges where it is surrounded by its reflection, whatever its size', () => {
    const cases = fc.record({
      height: fc.integer({ min: 1, max: 5 }),
      width: fc.integer({ min: 1, max: 5 }),
      channels: fc.integer({ min: 1, max: 3 }),
      padding: fc.integer({ min: 0, max: 9 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(cases, ({ height, width, channels, padding, seed }) => {
        const data = Uint8Array.from({ length: height * width * channels }, (_, at) => at + 1);
        const given = { height, width, channels, data };
        const random = randomStream(seed);
        const down = uniformInt(random, 0, 2 * padding) - padding;
        const right = uniformInt(random, 0, 2 * padding) - padding;
        const { data: cropped } = padCrop({ padding, surround: 'reflection' }).apply(given, randomStream(seed));
        const expected: number[] = [];
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const from = (walk(down + y, height) * width + walk(right + x, width)) * channels;
            expected.push(...data.subarray(from, from + channels));
          }
        }
        expect([...cropped]).toEqual(expected);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('moves an image by the same steps, whatever surrounds it', () => {
    const inner = (surround: 'black' | 'reflection') =>
      padCrop({ padding: 1, surround }).apply(image, randomStream(5)).data;
    const [black, reflection] = [inner('black'), inner('reflection')];
    black.forEach((level, at) => level !== 0 && expect(reflection[at]).toBe(level));
  });

  it('leaves its argument untouched', () => {
    const before = image.data.slice();
    for (const surround of surrounds) {
      for (let seed = 0; seed < 20; seed++) padCrop({ surround }).apply(image, randomStream(seed));
    }
    expect(image.data).toEqual(before);
  });

  it('refuses a surround that it does not know', () => {
    expect(() => padCrop(JSON.parse('{"surround": "white"}'))).toThrow(
      'pad-crop: there is no surround "white"; there are black and reflection',
    );
  });

  it('refuses a padding that is no count of pixels', () => {
    for (const padding of [-1, 1.5, Number.NaN]) {
      expect(() => padCrop({ padding })).toThrow(`pad-crop: padding must be an integer ≥ 0, is ${padding}`);
    }
  });
});
