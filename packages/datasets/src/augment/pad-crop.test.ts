import { randomStream } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { padCrop } from './pad-crop.js';

const image = { height: 3, width: 4, channels: 2, data: Uint8Array.from({ length: 24 }, (_, at) => at + 1) };

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

  it('leaves its argument untouched', () => {
    const before = image.data.slice();
    for (let seed = 0; seed < 20; seed++) padCrop().apply(image, randomStream(seed));
    expect(image.data).toEqual(before);
  });

  it('refuses a padding that is no count of pixels', () => {
    for (const padding of [-1, 1.5, Number.NaN]) {
      expect(() => padCrop({ padding })).toThrow(`pad-crop: padding must be an integer ≥ 0, is ${padding}`);
    }
  });
});
