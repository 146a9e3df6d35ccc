import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineBoxes } from '../boxes/index.js';
import type { ImageSource, SplitName } from '../image-source.js';
import { centreCrop, resizeShorterSide } from '../resize.js';
import { decodeImage } from './images/decode-image.js';
import { defaultBoxDatasets } from './default-box-datasets.js';
import { openDataset } from './open-dataset.js';

const dataDir = process.env['RHEOBASE_DATA'] ?? '';

const lacks = (path: string) => !existsSync(join(dataDir, path));

async function withSource(name: string, split: SplitName, use: (source: ImageSource) => Promise<void>): Promise<void> {
  const source = await openDataset(name, { dataDir, split });
  try {
    await use(source);
  } finally {
    await source.close();
  }
}

async function countByClass(source: ImageSource): Promise<readonly number[]> {
  const counts = source.classNames.map(() => 0);
  for (const label of await source.labels()) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(dataDir === '')(
  'real data (skipped unless RHEOBASE_DATA names the data folder, each set unless it is there)',
  () => {
    it.skipIf(lacks('cifar-10-batches-bin/test_batch.bin'))(
      'CIFAR-10: the test images begin as they are known to',
      async () => {
        await withSource('cifar10', 'test', async (source) => {
          const { labels } = await source.read([0, 1, 2, 3]);
          expect(Array.from(labels, (label) => source.classNames[label])).toEqual(['cat', 'ship', 'ship', 'airplane']);
          const first = await source.read([0]);
          expect(sha256(first.images)).toBe('af12e1241a1e7a0c9ba326825279bef5fe961ceb5f95212a99f9b1f22711f913');
        });
      },
    );

    it.skipIf(lacks('cifar-100-binary'))('CIFAR-100: all classes of a split have equally many images', async () => {
      for (const split of ['train', 'test'] as const) {
        await withSource('cifar100', split, async (source) => {
          expect(new Set(await countByClass(source)).size).toBe(1);
        });
      }
    });

    it.skipIf(lacks('mnist'))('MNIST: 60,000 and 10,000 digits, as many of each as published', async () => {
      await withSource('mnist', 'train', async (source) => {
        expect(await countByClass(source)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
        expect((await source.read([59_999])).labels[0]).toBe(8);
      });
      await withSource('mnist', 'test', async (source) => {
        expect(source.length).toBe(10_000);
        expect([...(await source.read([0, 1, 2, 9999])).labels]).toEqual([7, 2, 1, 6]);
      });
    });

    it.skipIf(lacks('imagenet/val'))(
      'ImageNet: every image there is can be labelled, the first and last ones read',
      async () => {
        await withSource('imagenet', 'validation', async (source) => {
          const { shape } = await source.read([0, source.length - 1]);
          expect(shape).toEqual([2, 224, 224, 3]);
          expect(source.classNames.length).toBe(1000);
        });
      },
    );

    const sample = 'imagenet/val/n01440764/n01440764_tench.JPEG';
    it.skipIf(lacks(sample))('ImageNet: a photograph becomes the very pixels that Pillow makes of it', async () => {
      const resized = resizeShorterSide(await decodeImage(join(dataDir, sample)), 256, 'bilinear');
      const { data } = centreCrop(resized, { height: 224, width: 224 });
      expect(sha256(data)).toBe('dd65d6d3503bc5a18ca3e027261095eb3e814596f84675e1004fb1e3cc453c9e');
    });

    it.skipIf(lacks('imagenet/tiny-imagenet-32px'))(
      'Tiny-ImageNet: images of one size, of every class, in both splits',
      async () => {
        for (const split of ['train', 'validation'] as const) {
          await withSource('tiny-imagenet', split, async (source) => {
            const { shape } = await source.read(Array.from({ length: source.length }, (_, k) => k));
            expect(shape).toEqual([source.length, ...source.imageShape]);
            expect(Math.min(...(await countByClass(source)))).toBeGreaterThan(0);
          });
        }
      },
    );

    it.skipIf(lacks('voc/BCCD/Annotations'))('BCCD: 364 images, 4,886 boxes with an area and two without', async () => {
      let [images, boxes] = [0, 0];
      const kinds: string[] = [];
      for (const split of ['train', 'validation', 'test'] as const) {
        const source = await defaultBoxDatasets.get('bccd').open({ dataDir, split });
        const report = await examineBoxes(source);
        images += report.images;
        boxes += report.boxes;
        kinds.push(...source.findings.map(({ kind }) => kind));
        expect((await source.read(0)).image.channels).toBe(3);
      }
      expect([images, boxes]).toEqual([364, 4886]);
      expect(kinds).toEqual(['box-without-area', 'box-without-area']);
    });

    it.skipIf(lacks('coco/annotations/instances_train2017.json'))(
      'COCO: crowds, an image without boxes and grey JPEGs are there and counted',
      async () => {
        const source = await defaultBoxDatasets.get('coco').open({ dataDir, split: 'train' });
        expect(source.classNames).toHaveLength(80);
        expect(source.classNames[79]).toBe('toothbrush');
        const { images, boxes, crowds, findings, greyImages } = await examineBoxes(source, { pixels: true });
        expect({ images, boxes, crowds, greyImages }).toEqual({ images: 33, boxes: 246, crowds: 3, greyImages: 2 });
        expect(findings).toEqual({
          'box-without-area': 0,
          'box-past-border': 0,
          'image-without-boxes': 1,
          'ignore-not-counted': 0,
        });
      },
    );
  },
);
