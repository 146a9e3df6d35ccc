import { describe, expect, it } from 'vitest';
import { defaultNormalizations } from '../normalization.js';
import { scenes } from '../scenes/index.js';
import { flipBoxes } from './augment/flip-boxes.js';
import { type BoxBatch, type BoxBatchOptions, boxBatches } from './box-batches.js';
import { boxSubset } from './box-source.js';
import { examineBoxes } from './examine.js';

const source = scenes({ split: 'train', length: 7 });
const options: BoxBatchOptions = {
  batchSize: 3,
  size: { height: 48, width: 64 },
  fit: { shape: 'stretch', filter: 'bilinear' },
  normalization: defaultNormalizations.get('unit'),
  order: 'shuffled',
  seed: 4,
  epoch: 2,
  augment: [flipBoxes()],
};

async function all(given: BoxBatchOptions): Promise<readonly BoxBatch[]> {
  const got: BoxBatch[] = [];
  for await (const batch of boxBatches(source, given)) got.push(batch);
  return got;
}

describe('batches of images with boxes', () => {
  it('visit every image once, and go on exactly after an interruption', async () => {
    const whole = await all(options);
    expect(whole.map(({ shape }) => shape[0])).toEqual([3, 3, 1]);
    expect(whole.flatMap(({ indices }) => [...indices]).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await all({ ...options, from: whole[0]?.next ?? 0 })).toEqual(whole.slice(1));
  });

  it('give an image the same augmentation whatever the batch size and order', async () => {
    const whole = await all(options);
    const single = await all({ ...options, batchSize: 1, order: 'sequential' });
    for (const { indices, objects } of whole) {
      indices.forEach((index, k) => expect(objects[k]).toEqual(single[index]?.objects[0]));
    }
  });

  it('have boxes in pixels of the input', async () => {
    const [first] = await all({ ...options, order: 'sequential', augment: [] });
    const box = source.annotation(0).objects[0]?.box;
    expect(first?.objects[0]?.[0]?.box).toEqual({
      left: (box?.left ?? 0) * (64 / 96),
      right: (box?.right ?? 0) * (64 / 96),
      top: (box?.top ?? 0) / 2,
      bottom: (box?.bottom ?? 0) / 2,
    });
  });

  it('exchange red and blue for networks that were trained so', async () => {
    const only = { ...options, limit: 1, augment: [], order: 'sequential' } as const;
    const [rgb] = await all(only);
    const [bgr] = await all({ ...only, normalization: defaultNormalizations.get('unit-bgr') });
    expect(bgr?.images[0]).toBe(rgb?.images[2]);
    expect(bgr?.images[1]).toBe(rgb?.images[1]);
    expect(bgr?.images[5]).toBe(rgb?.images[3]);
  });

  it('refuse a batch size below 1', async () => {
    await expect(all({ ...options, batchSize: 0 })).rejects.toThrow(/batchSize/);
  });
});

describe('a subset of a source of images with boxes', () => {
  it('has the images asked for, in their order', async () => {
    const part = boxSubset(source, [5, 2]);
    expect(part.length).toBe(2);
    expect(part.annotation(0)).toEqual(source.annotation(5));
    expect((await part.read(1)).image).toEqual((await source.read(2)).image);
    expect(() => boxSubset(source, [7])).toThrow(/no image 7/);
  });

  it('is counted like any source', async () => {
    const report = await examineBoxes(boxSubset(source, [0, 1]), { pixels: true });
    const objects = [0, 1].flatMap((index) => source.annotation(index).objects);
    expect(report).toMatchObject({ images: 2, boxes: objects.length, greyImages: 0, crowds: 0 });
  });
});
