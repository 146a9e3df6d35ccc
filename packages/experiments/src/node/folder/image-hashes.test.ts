import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxSubset, inMemory, scenes, subset } from '@rheobase/datasets';
import { openImageFolder } from '@rheobase/datasets/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imagesHash } from './image-hashes.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-images-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pgm = (level: number): Uint8Array => Buffer.concat([Buffer.from('P5 2 2 255\n'), Buffer.alloc(4, level)]);

/** A folder of two classes with two images each. */
async function imageFolder(name: string, levels: readonly number[]): Promise<string> {
  const path = join(folder, name);
  for (const [k, level] of levels.entries()) {
    const own = join(path, k < 2 ? 'a' : 'b');
    await mkdir(own, { recursive: true });
    await writeFile(join(own, `${k}.pgm`), pgm(level));
  }
  return path;
}

const hashOf = async (path: string, count = 4): Promise<string> =>
  imagesHash({ source: await openImageFolder({ folder: path, split: 'train' }), count });

describe('the hash of images', () => {
  it('of files is that of their content, wherever they lie', async () => {
    const here = await imageFolder('here', [1, 2, 3, 4]);
    const there = await imageFolder('there', [1, 2, 3, 4]);
    expect(await hashOf(here)).toBe(await hashOf(there));
  });

  it('tells a changed image, another label and another count', async () => {
    const path = await imageFolder('changing', [1, 2, 3, 4]);
    const first = await hashOf(path);
    const without = await hashOf(path, 3);
    await writeFile(join(path, 'b', '3.pgm'), pgm(5));
    expect(await hashOf(path)).not.toBe(first);
    expect(await hashOf(path, 3), 'of the first three alone').toBe(without);
    await writeFile(join(path, 'b', '3.pgm'), pgm(4));
    expect(await hashOf(path)).toBe(first);
    expect(without).not.toBe(first);
    await copyFile(join(path, 'b', '2.pgm'), join(path, 'a', '2.pgm'));
    await rename(join(path, 'b', '2.pgm'), join(folder, 'aside.pgm'));
    expect(await hashOf(path), 'the same files, one in another class').not.toBe(first);
  });

  it('of pixels in memory tells each of them, and a label', async () => {
    const hash = async (pixel: number, label: number): Promise<string> => {
      const images = Uint8Array.of(1, 2, 3, 4, pixel, 6, 7, 8);
      const shape = { name: 'x', split: 'train', classNames: ['a', 'b'], imageShape: [2, 2, 1] } as const;
      return imagesHash({ source: inMemory({ ...shape, images, labels: [0, label] }), count: 2 });
    };
    const all = [await hash(5, 1), await hash(6, 1), await hash(5, 0)];
    expect(new Set(all).size).toBe(3);
    expect(await hash(5, 1)).toBe(all[0]);
  });

  it('of images with boxes tells boxes and their order, also through a part of a set', async () => {
    const source = scenes({ split: 'train', length: 6 });
    const first = await imagesHash({ source, count: 6 });
    const same = boxSubset(source, [0, 1, 2, 3, 4, 5]);
    expect(await imagesHash({ source: same, count: 6 })).toBe(first);
    const turned = boxSubset(source, [1, 0, 2, 3, 4, 5]);
    expect(await imagesHash({ source: turned, count: 6 })).not.toBe(first);
    const { fingerprint: _, ...drawn } = source;
    const moved = { ...source, annotation: (index: number) => ({ ...drawn.annotation(index), objects: [] }) };
    expect(await imagesHash({ source: moved, count: 6 })).not.toBe(first);
    expect(await imagesHash({ source: drawn, count: 1 }), 'by pixels').toMatch(/^[0-9a-f]{64}$/);
  });

  it('of a part of a folder reads that part alone, and names a file that is gone', async () => {
    const path = await imageFolder('gone', [1, 2, 3, 4]);
    const source = await openImageFolder({ folder: path, split: 'train' });
    await rm(join(path, 'a', '1.pgm'));
    expect(await imagesHash({ source: subset(source, [0, 2, 3]), count: 3 })).toMatch(/^[0-9a-f]{64}$/);
    await expect(imagesHash({ source, count: 4 })).rejects.toThrow(/1\.pgm: cannot be read \(ENOENT/);
  });
});
