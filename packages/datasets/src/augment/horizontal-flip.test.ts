import { randomStream } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { horizontalFlip } from './horizontal-flip.js';

const image = { height: 2, width: 3, channels: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) };
const mirrored = { ...image, data: Uint8Array.of(5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8) };

describe('horizontal flip', () => {
  it('exchanges left and right, in half of the images', () => {
    let flipped = 0;
    for (let seed = 0; seed < 400; seed++) {
      const { data } = horizontalFlip().apply(image, randomStream(seed));
      if (data[0] === 1) expect(data).toEqual(image.data);
      else {
        expect(data).toEqual(mirrored.data);
        flipped += 1;
      }
    }
    expect(Math.abs(flipped - 200)).toBeLessThan(50);
  });

  it('always or never, if so told, and twice is the identity', () => {
    const always = horizontalFlip({ probability: 1 });
    expect(always.apply(image, randomStream(1))).toEqual(mirrored);
    expect(always.apply(mirrored, randomStream(1))).toEqual(image);
    expect(horizontalFlip({ probability: 0 }).apply(image, randomStream(1))).toEqual(image);
  });

  it('leaves its argument untouched', () => {
    const before = image.data.slice();
    horizontalFlip({ probability: 1 }).apply(image, randomStream(1));
    expect(image.data).toEqual(before);
  });

  it('refuses what is no probability', () => {
    for (const probability of [-0.1, 1.1, Number.NaN]) {
      expect(() => horizontalFlip({ probability })).toThrow(
        `horizontal-flip: a probability is a number 0…1, is ${probability}`,
      );
    }
  });
});
