import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testImageSource } from '../conformance.js';
import { drawGlyph } from './glyph-image.js';
import { glyphs, type GlyphsOptions } from './glyphs.js';

/** SHA-256 of labels, one byte each, and pixels of the first `count` images, image by image. */
async function digest(options: GlyphsOptions, count: number): Promise<string> {
  const source = glyphs(options);
  const { images, labels } = await source.read(Array.from({ length: count }, (_, index) => index));
  const size = images.length / count;
  const hash = createHash('sha256');
  labels.forEach((label, k) => {
    hash.update(Uint8Array.of(label)).update(images.subarray(k * size, (k + 1) * size));
  });
  return hash.digest('hex');
}

for (const split of ['train', 'test'] as const) {
  testImageSource(`glyphs (${split})`, async () => glyphs({ split, seed: 5, length: 230 }), { describe, it });
}

describe('glyphs', () => {
  it('is frozen: its first 1,000 training and test images are what they always were', async () => {
    expect(await digest({ split: 'train' }, 1000)).toBe(
      'd79858caeb3892462743d5f42943da5255afb3e798d5c38c14faae0aa24de39f',
    );
    expect(await digest({ split: 'test' }, 1000)).toBe(
      '5fa9a688889397630c62634985422c4eb87d8cba2296a626d86256c8e961a470',
    );
  });

  it('is frozen at other seeds too', async () => {
    expect(await digest({ split: 'train', seed: 4_294_967_295 }, 50)).toBe(
      'bea0433056cfa75e7e72aecbe1ba5cc1c4022fd3f90eed67433843e481a29145',
    );
  });

  it('has 10,000 training and 2,000 test images by default', () => {
    expect(glyphs({ split: 'train' }).length).toBe(10_000);
    expect(glyphs({ split: 'test' }).length).toBe(2_000);
    expect(glyphs({ split: 'test', length: 30 }).length).toBe(30);
  });

  it('holds each class once in every ten, in an order that changes', async () => {
    const labels = [...(await glyphs({ split: 'train', length: 1000 }).labels())];
    const tens = Array.from({ length: 100 }, (_, ten) => labels.slice(ten * 10, ten * 10 + 10));
    for (const ten of tens) expect(ten.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(tens.map((ten) => ten.join(''))).size).toBe(100);
  });

  it('is the beginning of every longer set of the same seed', async () => {
    const indices = [0, 7, 19];
    const short = await glyphs({ split: 'test', seed: 3, length: 20 }).read(indices);
    expect(await glyphs({ split: 'test', seed: 3, length: 5000 }).read(indices)).toEqual(short);
  });

  it('gives the same images again, whatever its reader did to those it was given', async () => {
    const source = glyphs({ split: 'train', length: 30 });
    const first = await source.read([4, 9, 4]);
    const expected = first.images.slice();
    first.images.fill(0);
    expect((await source.read([4, 9, 4])).images).toEqual(expected);
  });

  it('differs from image to image, split to split and seed to seed', () => {
    const images = [
      drawGlyph({ seed: 0, split: 'train', index: 0 }),
      drawGlyph({ seed: 0, split: 'train', index: 1 }),
      drawGlyph({ seed: 0, split: 'test', index: 0 }),
      drawGlyph({ seed: 1, split: 'train', index: 0 }),
    ];
    expect(new Set(images.map((image) => image.join())).size).toBe(images.length);
  });

  it('refuses unknown splits, seeds and lengths, and says what there is', () => {
    expect(() => glyphs(JSON.parse('{"split": "validation"}'))).toThrow(
      'glyphs: there is no split "validation"; there are train and test',
    );
    expect(() => glyphs({ split: 'train', seed: -1 })).toThrow('seed must be an integer 0…4294967295, is -1');
    expect(() => glyphs({ split: 'train', seed: 2 ** 32 })).toThrow('seed must be');
    expect(() => glyphs({ split: 'train', length: 0 })).toThrow('length must be an integer 1…16777216, is 0');
    expect(() => glyphs({ split: 'train', length: 1.5 })).toThrow('length must be');
  });
});
