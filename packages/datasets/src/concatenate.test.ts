import { describe, expect, it } from 'vitest';
import { concatenate } from './concatenate.js';
import { inMemory } from './in-memory.js';
import { subset } from './subset.js';
import { smallSource } from './testing/small-source.js';

describe('concatenate', () => {
  it('reads across its parts in any order', async () => {
    const source = smallSource(6);
    const whole = concatenate([subset(source, [4, 5]), subset(source, [0]), subset(source, [1, 2])], { name: 'mixed' });
    expect([whole.name, whole.length]).toEqual(['mixed', 5]);
    const batch = await whole.read([4, 0, 2, 1, 0]);
    expect([0, 1, 2, 3, 4].map((k) => batch.images[k * 12])).toEqual([2, 4, 0, 5, 4]);
    expect([...batch.labels]).toEqual([2, 1, 0, 2, 1]);
    expect([...batch.indices]).toEqual([4, 0, 2, 1, 0]);
    expect([...(await whole.labels())]).toEqual([1, 2, 0, 1, 2]);
  });

  it('refuses parts that differ in shape or classes, and none at all', () => {
    const other = { name: 'other', split: 'train', labels: [0] } as const;
    const classNames = ['red', 'green', 'blue'];
    const flat = inMemory({ ...other, classNames, imageShape: [2, 2, 1], images: new Uint8Array(4) });
    const renamed = inMemory({
      ...other,
      classNames: ['r', 'g', 'b'],
      imageShape: [2, 2, 3],
      images: new Uint8Array(12),
    });
    expect(() => concatenate([smallSource(1), flat])).toThrow(
      'cannot concatenate other (images of 2×2×1) to small (2×2×3)',
    );
    expect(() => concatenate([smallSource(1), renamed])).toThrow(
      'cannot concatenate other to small: their class names differ',
    );
    expect(() => concatenate([])).toThrow('at least one source');
  });
});
