import { describe, expect, it } from 'vitest';
import { broadcastsTo, describeShape, sameShape, sizeOf } from './shape.js';

describe('sizeOf', () => {
  it('is the product of the dimensions, 1 for a scalar and 0 where one is 0', () => {
    expect([sizeOf([2, 3, 4]), sizeOf([]), sizeOf([5, 0])]).toEqual([24, 1, 0]);
  });
});

describe('sameShape', () => {
  it('compares every dimension and their number', () => {
    expect(sameShape([2, 3], [2, 3])).toBe(true);
    expect(sameShape([2, 3], [3, 2])).toBe(false);
    expect(sameShape([2], [2, 1])).toBe(false);
    expect(sameShape([], [])).toBe(true);
  });
});

describe('describeShape', () => {
  it('writes dimensions in brackets, and says scalar', () => {
    expect([describeShape([3, 32, 32]), describeShape([])]).toEqual(['[3, 32, 32]', 'scalar']);
  });
});

describe('broadcastsTo', () => {
  it('lets a scalar, one value a channel and one a neuron apply to an image', () => {
    for (const shape of [[], [8], [4, 5, 8], [1, 1, 8], [4, 1, 1], [5, 8]])
      expect(broadcastsTo(shape, [4, 5, 8])).toBe(true);
  });

  it('refuses other channels, other rows and more axes than the value has', () => {
    for (const shape of [[5], [5, 4, 8], [1, 4, 5, 8]]) expect(broadcastsTo(shape, [4, 5, 8])).toBe(false);
  });
});
