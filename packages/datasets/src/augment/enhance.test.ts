import { describe, expect, it } from 'vitest';
import type { RasterImage } from '../raster-image.js';
import { adjustBrightness, adjustColor, adjustContrast, adjustSharpness } from './enhance.js';

const image: RasterImage = {
  height: 5,
  width: 6,
  channels: 3,
  data: Uint8Array.from({ length: 90 }, (_, at) => (at * at * 7 + at * 3) % 256),
};

const adjustments = { adjustBrightness, adjustColor, adjustContrast, adjustSharpness };

describe('enhancements', () => {
  it.each(Object.entries(adjustments))('%s by a factor of 1 is the identity', (_, adjust) => {
    expect(adjust(image, 1)).toEqual(image);
  });

  it.each(Object.entries(adjustments))('%s leaves its argument untouched', (_, adjust) => {
    const before = image.data.slice();
    for (const factor of [0, 0.1, 1.9]) adjust(image, factor);
    expect(image.data).toEqual(before);
  });

  it('give black at brightness 0, one grey at contrast 0, equal channels at colour 0', () => {
    expect(new Set(adjustBrightness(image, 0).data)).toEqual(new Set([0]));
    expect(new Set(adjustContrast(image, 0).data).size).toBe(1);
    const grey = adjustColor(image, 0).data;
    for (let at = 0; at < grey.length; at += 3) expect([grey[at + 1], grey[at + 2]]).toEqual([grey[at], grey[at]]);
  });

  it('leave a flat image alone when sharpening, and the outermost pixels of any', () => {
    const flat = { ...image, data: new Uint8Array(90).fill(77) };
    expect(adjustSharpness(flat, 0)).toEqual(flat);
    const smoothed = adjustSharpness(image, 0).data;
    expect(smoothed.subarray(0, 18)).toEqual(image.data.subarray(0, 18));
    expect(smoothed.subarray(72)).toEqual(image.data.subarray(72));
    expect(smoothed).not.toEqual(image.data);
  });

  it('take grey images, and refuse to find the luma of others than grey and RGB', () => {
    const grey = { height: 2, width: 2, channels: 1, data: Uint8Array.of(0, 50, 100, 150) };
    expect(adjustColor(grey, 0.3)).toEqual(grey);
    const pair = { height: 1, width: 1, channels: 2, data: Uint8Array.of(1, 2) };
    expect(() => adjustContrast(pair, 2)).toThrow('the image has 2 channels; it needs 1 (grey) or 3 (RGB)');
  });
});
