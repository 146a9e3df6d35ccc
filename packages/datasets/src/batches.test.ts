import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { describe, expect, it } from 'vitest';
import type { Augmentation } from './augmentation.js';
import { type Batch, type BatchOptions, batchCount, batches, shuffledOrder } from './batches.js';
import type { ImageSource } from './image-source.js';
import { defaultNormalizations } from './normalization.js';
import { smallSource } from './testing/small-source.js';

const raw = defaultNormalizations.get('raw');

async function all(source: ImageSource, options: Omit<BatchOptions, 'normalization'>): Promise<Batch[]> {
  const collected: Batch[] = [];
  for await (const batch of batches(source, { normalization: raw, ...options })) collected.push(batch);
  return collected;
}

const indicesOf = (collected: readonly Batch[]) => collected.map(({ indices }) => [...indices]);

/** Draws one number and writes it over the whole image. */
const noise: Augmentation = {
  name: 'noise',
  apply: (image, random) => ({ ...image, data: new Uint8Array(image.data.length).fill(uniformInt(random, 0, 255)) }),
};

/** What noise made of each image, by index. */
async function noiseByIndex(options: Omit<BatchOptions, 'normalization'>): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for (const { images, indices } of await all(smallSource(20), { ...options, augment: [noise] })) {
    indices.forEach((index, k) => found.set(index, images[k * 12] ?? -1));
  }
  return found;
}

describe('batches', () => {
  it('go through the source in order, the last one smaller', async () => {
    const collected = await all(smallSource(7), { batchSize: 3 });
    expect(indicesOf(collected)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(collected.map(({ shape }) => shape[0])).toEqual([3, 3, 1]);
    expect([...(collected[1]?.labels ?? [])]).toEqual([0, 1, 2]);
    expect(collected.map(({ next }) => next)).toEqual([3, 6, 7]);
  });

  it('are normalised', async () => {
    const [batch] = await all(smallSource(3), { batchSize: 3 });
    expect(batch?.images).toBeInstanceOf(Float32Array);
    expect(batch?.images[12]).toBe(1);
    for await (const { images } of batches(smallSource(3), {
      batchSize: 3,
      normalization: defaultNormalizations.get('unit'),
    })) {
      expect(images[24]).toBe(Math.fround(2 / 255));
    }
  });

  it('leave out a last one that is not full, if asked to', async () => {
    expect(indicesOf(await all(smallSource(7), { batchSize: 3, remainder: 'drop' }))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it('stop after the limit', async () => {
    expect(indicesOf(await all(smallSource(7), { batchSize: 3, limit: 4 }))).toEqual([[0, 1, 2], [3]]);
    expect(indicesOf(await all(smallSource(2), { batchSize: 3, limit: 40 }))).toEqual([[0, 1]]);
    expect(await all(smallSource(2), { batchSize: 3, limit: 0 })).toEqual([]);
  });

  it('are as many as batchCount says', async () => {
    for (const remainder of ['keep', 'drop'] as const) {
      for (const limit of [0, 5, 6, 50]) {
        for (const from of [0, 2, 20]) {
          const options = { batchSize: 3, remainder, limit, from };
          expect((await all(smallSource(11), options)).length).toBe(batchCount(11, options));
        }
      }
    }
  });

  it('are shuffled by seed and epoch alone, whatever the batch size', async () => {
    const order = async (options: Partial<BatchOptions>) =>
      indicesOf(await all(smallSource(20), { batchSize: 6, order: 'shuffled', ...options })).flat();
    const first = await order({ seed: 1, epoch: 0 });
    expect(first).toEqual([...shuffledOrder(20, 1, 0)]);
    expect(await order({ seed: 1, epoch: 0, batchSize: 1 })).toEqual(first);
    expect(await order({ seed: 1, epoch: 1 })).not.toEqual(first);
    expect(await order({ seed: 2, epoch: 0 })).not.toEqual(first);
    expect(first.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, k) => k));
  });

  it('go on exactly where a batch before left off', async () => {
    const options = { batchSize: 3, order: 'shuffled', seed: 4, epoch: 2, augment: [noise] } as const;
    const whole = await all(smallSource(10), options);
    const from = whole[1]?.next ?? 0;
    expect(await all(smallSource(10), { ...options, from })).toEqual(whole.slice(2));
  });

  it('augment an image by seed, epoch and its index alone', async () => {
    const shuffled = await noiseByIndex({ batchSize: 6, order: 'shuffled', seed: 3, epoch: 1 });
    const sequential = await noiseByIndex({ batchSize: 7, order: 'sequential', seed: 3, epoch: 1 });
    expect([...shuffled].toSorted(([a], [b]) => a - b)).toEqual([...sequential]);
    expect(await noiseByIndex({ batchSize: 7, seed: 3, epoch: 2 })).not.toEqual(sequential);
    expect(new Set(sequential.values()).size).toBeGreaterThan(10);
  });

  it('read one batch ahead, and no more', async () => {
    const source = smallSource(12);
    let reads = 0;
    const counting: ImageSource = {
      ...source,
      read(indices) {
        reads += 1;
        return source.read(indices);
      },
    };
    for await (const batch of batches(counting, { batchSize: 3, normalization: raw })) {
      expect(reads).toBe(Math.min(4, batch.next / 3 + 1));
    }
  });

  it('report a failed reading at the batch it belongs to', async () => {
    const source = smallSource(9);
    const failing: ImageSource = {
      ...source,
      read: (indices) => (indices.includes(4) ? Promise.reject(new Error('image 4 is damaged')) : source.read(indices)),
    };
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const { next } of batches(failing, { batchSize: 3, normalization: raw })) seen.push(next);
      })(),
    ).rejects.toThrow('image 4 is damaged');
    expect(seen).toEqual([3]);
  });

  it('may be left early, the source closed at once, without a stray error', async () => {
    const source = smallSource(9);
    for await (const batch of batches(source, { batchSize: 3, normalization: raw })) {
      expect(batch.next).toBe(3);
      break;
    }
    await source.close();
  });

  it('refuse options out of range', async () => {
    await expect(all(smallSource(3), { batchSize: 0 })).rejects.toThrow(
      'batchSize must be an integer of at least 1, is 0',
    );
    await expect(all(smallSource(3), { batchSize: 1, limit: -1 })).rejects.toThrow(
      'limit must be an integer of at least 0, is -1',
    );
    await expect(all(smallSource(3), { batchSize: 1, from: 0.5 })).rejects.toThrow(
      'from must be an integer of at least 0, is 0.5',
    );
    await expect(all(smallSource(3), { batchSize: 1, order: 'shuffled', seed: 0.1 })).rejects.toThrow('0.1 is not one');
  });
});

describe('augmentations of a batch', () => {
  it('apply one after the other and may change the size', async () => {
    const firstPixel: Augmentation = {
      name: 'first-pixel',
      apply: ({ data, channels }) => ({ data: data.slice(0, channels), height: 1, width: 1, channels }),
    };
    const plusOne: Augmentation = {
      name: 'plus-one',
      apply: (image) => ({ ...image, data: image.data.map((x) => x + 1) }),
    };
    const [batch] = await all(smallSource(3), { batchSize: 3, augment: [firstPixel, plusOne] });
    expect(batch?.shape).toEqual([3, 1, 1, 3]);
    expect([...(batch?.images ?? [])]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });

  it('are refused, by name, if they return an ill-shaped image or images of several sizes', async () => {
    const broken: Augmentation = { name: 'broken', apply: (image) => ({ ...image, height: 5 }) };
    await expect(all(smallSource(2), { batchSize: 2, augment: [broken] })).rejects.toThrow(
      'augmentation broken returned an ill-shaped image',
    );
    const uneven: Augmentation = {
      name: 'uneven',
      apply: ({ data }) => ({
        data: data.slice(0, data[0] === 0 ? 3 : 6),
        height: 1,
        width: data[0] === 0 ? 1 : 2,
        channels: 3,
      }),
    };
    await expect(all(smallSource(2), { batchSize: 2, augment: [uneven] })).rejects.toThrow(
      'augmentations uneven: image 1 became 1×2×3, image 0 1×1×3',
    );
  });
});
