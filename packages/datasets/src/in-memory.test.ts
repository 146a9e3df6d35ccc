import { describe, expect, it } from 'vitest';
import { inMemory } from './in-memory.js';

const images = {
  name: 'three',
  split: 'test',
  classNames: ['a', 'b'],
  imageShape: [1, 2, 1],
  images: Uint8Array.of(1, 2, 3, 4, 5, 6),
  labels: [0, 1, 1],
} as const;

describe('inMemory', () => {
  it('gives images and labels by position', async () => {
    const batch = await inMemory(images).read([2, 0]);
    expect([...batch.images]).toEqual([5, 6, 1, 2]);
    expect([...batch.labels]).toEqual([1, 0]);
    expect(batch.shape).toEqual([2, 1, 2, 1]);
  });

  it('refuses pixels that are not those of as many images as labels', () => {
    expect(() => inMemory({ ...images, labels: [0, 1] })).toThrow(
      'three: 2 labels and images of 1×2×1 need 4 bytes, there are 6',
    );
  });

  it('refuses a label out of range, also one that is no integer', () => {
    expect(() => inMemory({ ...images, labels: [0, 1, 2] })).toThrow('three: image 2 has label 2; classes are 0…1');
    expect(() => inMemory({ ...images, labels: [0.5, 1, 1] })).toThrow('image 0 has label 0.5');
  });
});
