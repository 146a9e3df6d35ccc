import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testBoxSource } from '../conformance.js';
import { type ScenesOptions, scenes } from './scenes.js';

/** SHA-256 of boxes and pixels of the first `count` images. */
async function digest(options: ScenesOptions, count: number): Promise<string> {
  const source = scenes(options);
  const hash = createHash('sha256');
  for (let index = 0; index < count; index += 1) {
    const { image, objects } = await source.read(index);
    hash.update(JSON.stringify(objects.map(({ box, label }) => [label, box.left, box.top, box.right, box.bottom])));
    hash.update(image.data);
  }
  return hash.digest('hex');
}

for (const split of ['train', 'test'] as const) {
  testBoxSource(`scenes (${split})`, async () => scenes({ split, seed: 5, length: 60 }), { describe, it });
}

describe('scenes', () => {
  it('is frozen: its first 100 training and test images are what they always were', async () => {
    expect(await digest({ split: 'train' }, 100)).toBe(
      '397afd871077c19e78eb1aa2bea6a5b28e5cca9e7629787f7a9f26b56a9790e5',
    );
    expect(await digest({ split: 'test' }, 100)).toBe(
      'e2c3ec6447256844a10e45bcae01afb4bb410ef7c4cb7c2394abe48322ffaae4',
    );
  });

  it('has 4,000 training and 500 test images by default, and a shorter set is the beginning of a longer one', async () => {
    expect(scenes({ split: 'train' }).length).toBe(4_000);
    expect(scenes({ split: 'test' }).length).toBe(500);
    expect(await digest({ split: 'test', length: 3 }, 3)).toBe(await digest({ split: 'test' }, 3));
  });

  it('has one to five objects an image, of all classes, that hide each other only a little', () => {
    const source = scenes({ split: 'train', length: 300 });
    const seen = new Set<number>();
    for (let index = 0; index < source.length; index += 1) {
      const { objects } = source.annotation(index);
      expect(objects.length).toBeGreaterThanOrEqual(1);
      expect(objects.length).toBeLessThanOrEqual(5);
      for (const { label } of objects) seen.add(label);
    }
    expect(seen.size).toBe(source.classNames.length);
  });

  it('refuses a split, seed or length out of range', () => {
    expect(() => scenes({ split: 'val' as 'test' })).toThrow(/train and test/);
    expect(() => scenes({ split: 'test', seed: -1 })).toThrow(/seed/);
    expect(() => scenes({ split: 'test', length: 0 })).toThrow(/length/);
  });
});
