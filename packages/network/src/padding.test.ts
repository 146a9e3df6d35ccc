import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenPadding, noPadding, samePadding } from './padding.js';
import { slidingOutput } from './shape-rules.js';

/** The least padding, by search, with which ⌈length / stride⌉ windows fit; the odd one at the end. */
function slowSame(length: number, window: number, stride: number, dilation: number): readonly [number, number] {
  const wanted = Math.ceil(length / stride);
  for (let total = 0; ; total += 1) {
    let windows = 0;
    for (let start = 0; start + (window - 1) * dilation < length + total; start += stride) windows += 1;
    if (windows >= wanted) return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
}

describe('samePadding', () => {
  const size = fc.integer({ min: 1, max: 12 });
  const step = fc.integer({ min: 1, max: 5 });

  it('is the least padding that gives ⌈rows / stride⌉ rows, the odd one at the bottom and right', () => {
    fc.assert(
      fc.property(
        fc.tuple(size, size),
        fc.tuple(step, step),
        fc.tuple(step, step),
        fc.tuple(step, step),
        (image, window, stride, dilation) => {
          const { top, bottom, left, right } = samePadding(image, window, stride, dilation);
          expect([top, bottom]).toEqual(slowSame(image[0], window[0], stride[0], dilation[0]));
          expect([left, right]).toEqual(slowSame(image[1], window[1], stride[1], dilation[1]));
          expect(slidingOutput(image[0], window[0], stride[0], top, bottom, dilation[0])).toBe(
            Math.ceil(image[0] / stride[0]),
          );
        },
      ),
      { seed: 7, numRuns: 500 },
    );
  });

  it('agrees with TensorFlow where it differs from symmetric padding', () => {
    expect(samePadding([32, 32], [3, 3], [2, 2])).toEqual({ top: 0, bottom: 1, left: 0, right: 1 });
    expect(samePadding([32, 31], [3, 3], [2, 2])).toEqual({ top: 0, bottom: 1, left: 1, right: 1 });
  });
});

describe('evenPadding', () => {
  it('pads all sides alike', () => {
    expect(evenPadding(2)).toEqual({ top: 2, bottom: 2, left: 2, right: 2 });
    expect(noPadding).toEqual(evenPadding(0));
  });
});
