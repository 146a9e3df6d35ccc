import { randomStream } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { defaultNormalizations } from '../normalization.js';
import { cutout } from './cutout.js';
import { cifar10Fill, meanPixel } from './fill.js';

const image = { height: 20, width: 24, channels: 3, data: new Uint8Array(20 * 24 * 3).fill(255) };

/** Rows and columns that hold a hidden pixel, first and last of each, and how many pixels are hidden. */
function hiddenBox(data: Uint8Array) {
  const pixels = Array.from({ length: 20 * 24 }, (_, pixel) => pixel).filter((pixel) => data[pixel * 3] !== 255);
  const rows = pixels.map((pixel) => Math.floor(pixel / 24));
  const columns = pixels.map((pixel) => pixel % 24);
  return {
    top: Math.min(...rows),
    bottom: Math.max(...rows),
    left: Math.min(...columns),
    right: Math.max(...columns),
    count: pixels.length,
  };
}

describe('cutout', () => {
  it('hides a square, or what of it lies in the image, its centre at any pixel', () => {
    const corners = new Set<string>();
    for (let seed = 0; seed < 3000; seed++) {
      const { data } = cutout({ size: 8 }).apply(image, randomStream(seed));
      const { top, bottom, left, right, count } = hiddenBox(data);
      const height = bottom - top + 1;
      const width = right - left + 1;
      expect(count).toBe(height * width);
      expect(height === 8 || ((top === 0 || bottom === 19) && height >= 4)).toBe(true);
      expect(width === 8 || ((left === 0 || right === 23) && width >= 4)).toBe(true);
      corners.add(`${top} ${bottom} ${left} ${right}`);
    }
    // 20 · 24 centres are possible; nearly all of them come up.
    expect(corners.size).toBeGreaterThan(470);
  });

  it('fills with the mean of CIFAR-10, or what it is given', () => {
    const filled = ({ data }: { readonly data: Uint8Array }) => {
      const at = data.findIndex((level) => level !== 255);
      return [...data.subarray(at, at + 3)];
    };
    expect(cifar10Fill).toEqual([125, 123, 114]);
    expect(filled(cutout().apply(image, randomStream(1)))).toEqual([125, 123, 114]);
    expect(filled(cutout({ fill: [7] }).apply(image, randomStream(1)))).toEqual([7, 7, 7]);
    expect(meanPixel(defaultNormalizations.get('imagenet'))).toEqual([124, 116, 104]);
  });

  it('leaves its argument untouched', () => {
    cutout().apply(image, randomStream(1));
    expect(image.data.every((level) => level === 255)).toBe(true);
  });

  it('refuses sizes and fills that make no sense', () => {
    expect(() => cutout({ size: 1 })).toThrow('cutout: size must be an integer ≥ 2, is 1');
    expect(() => cutout({ fill: [256] })).toThrow('cutout: fill has the level 256');
    const grey = { height: 1, width: 1, channels: 1, data: Uint8Array.of(1) };
    expect(() => cutout().apply(grey, randomStream(1))).toThrow(
      'cutout: fill has 3 levels but the image has 1 channels; give one for each, or a single one',
    );
  });
});
