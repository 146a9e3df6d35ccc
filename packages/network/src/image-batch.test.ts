import { describe, expect, it } from 'vitest';
import { assertFrames, inBatches } from './image-batch.js';

describe('inBatches', () => {
  const images = Float32Array.from({ length: 12 }, (_, i) => i);

  it('splits images, and keeps the frames of each together', () => {
    const parts = (frames?: number) =>
      [
        ...inBatches({ images, shape: [3, frames === undefined ? 4 : 2], ...(frames !== undefined && { frames }) }, 2),
      ].map((part) => [[...part.images], part.shape, part.frames]);
    expect(parts()).toEqual([
      [[0, 1, 2, 3, 4, 5, 6, 7], [2, 4], undefined],
      [[8, 9, 10, 11], [1, 4], undefined],
    ]);
    // Two frames of three vectors.
    expect(parts(2)).toEqual([
      [[0, 1, 2, 3, 6, 7, 8, 9], [2, 2], 2],
      [[4, 5, 10, 11], [1, 2], 2],
    ]);
  });
});

describe('assertFrames', () => {
  it('refuses frames that are not as many as the steps, and names the input', () => {
    expect(() => assertFrames('events', 3, 4)).toThrow(
      /events: it was given 3 frames, .* but 4 steps .*simulate 3 steps/,
    );
    expect(() => assertFrames('events', undefined, 4)).not.toThrow();
    expect(() => assertFrames('events', 4, 4)).not.toThrow();
  });
});
