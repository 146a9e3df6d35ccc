import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { permutation, randomStream } from '@rheobase/network';
import { batchCount, batches } from './batches.js';
import type { PixelBatch, ImageSource } from './image-source.js';
import { defaultNormalizations } from './normalization.js';
import type { TestRunner } from './test-runner.js';

export { testBoxSource } from './box-conformance.js';
export type { TestRunner } from './test-runner.js';

/** Images looked at in each test: enough to cross the boundaries of files, few enough for slow sets. */
const sampled = 24;

/** Some positions of a source: its ends and others between, in no order, each once. */
function sample(source: ImageSource): readonly number[] {
  const random = randomStream(source.length);
  const count = Math.min(sampled, source.length);
  const spread = Array.from({ length: count }, (_, k) =>
    Math.floor((k * (source.length - 1)) / Math.max(1, count - 1)),
  );
  return Array.from(permutation(count, random), (k) => spread[k] ?? 0);
}

/** Pixels and label of one row. */
function row(batch: PixelBatch, k: number): { readonly pixels: Uint8Array; readonly label: number | undefined } {
  const size = batch.shape[1] * batch.shape[2] * batch.shape[3];
  return { pixels: batch.images.slice(k * size, (k + 1) * size), label: batch.labels[k] };
}

/**
 * What every image source must keep to, as tests for a test runner:
 *
 *     import { describe, it } from 'vitest';
 *     import { testImageSource } from '@rheobase/datasets/conformance';
 *     testImageSource('my set', () => openMySet(), { describe, it });
 *
 * @param open opens a new source; each test closes what it opened
 */
export function testImageSource(name: string, open: () => Promise<ImageSource>, { describe, it }: TestRunner): void {
  const test = (sentence: string, body: (source: ImageSource) => Promise<void>): void => {
    it(sentence, async () => {
      const source = await open();
      try {
        await body(source);
      } finally {
        await source.close();
      }
    });
  };
  describe(`${name} is an image source`, () => {
    test('that has images, classes and a shape', async (source) => {
      ok(source.name.length > 0, 'the name is empty');
      ok(['train', 'validation', 'test'].includes(source.split), `there is no split ${source.split}`);
      ok(Number.isInteger(source.length) && source.length > 0, `length is ${source.length}`);
      strictEqual(source.imageShape.length, 3, 'imageShape is [height, width, channels]');
      for (const side of source.imageShape)
        ok(Number.isInteger(side) && side > 0, `imageShape is ${source.imageShape.join('×')}`);
      ok(source.classNames.length > 0, 'there are no classes');
      ok(
        source.classNames.every((className) => className.length > 0),
        'a class has an empty name',
      );
    });

    test('that reads images of its shape with labels in range, and says which they are', async (source) => {
      const indices = sample(source);
      const batch = await source.read(indices);
      deepStrictEqual([...batch.shape], [indices.length, ...source.imageShape]);
      strictEqual(
        batch.images.length,
        batch.shape.reduce((product, side) => product * side, 1),
      );
      ok(batch.images instanceof Uint8Array, 'images are a Uint8Array');
      ok(batch.labels instanceof Int32Array, 'labels are an Int32Array');
      ok(batch.indices instanceof Int32Array, 'indices are an Int32Array');
      deepStrictEqual([...batch.indices], [...indices]);
      strictEqual(batch.labels.length, indices.length);
      for (const label of batch.labels)
        ok(label >= 0 && label < source.classNames.length, `label ${label} is out of range`);
    });

    test('that gives the same images one by one, in any order, and twice in a batch', async (source) => {
      const indices = sample(source);
      const together = await source.read(indices);
      const reversed = await source.read(indices.toReversed());
      const [first = 0] = indices;
      const twice = await source.read([first, ...indices, first]);
      for (const [k, index] of indices.entries()) {
        const expected = row(together, k);
        deepStrictEqual(row(await source.read([index]), 0), expected, `image ${index} alone differs`);
        deepStrictEqual(row(reversed, indices.length - 1 - k), expected, `image ${index} in another order differs`);
        deepStrictEqual(row(twice, k + 1), expected, `image ${index} in a larger batch differs`);
      }
      deepStrictEqual(row(twice, 0), row(together, 0));
      deepStrictEqual(row(twice, indices.length + 1), row(together, 0));
    });

    test('that gives arrays of their own: writing to one changes no later reading', async (source) => {
      const indices = sample(source);
      const read = await source.read(indices);
      const images = read.images.slice();
      const labels = read.labels.slice();
      read.images.fill(7);
      read.labels.fill(-1);
      (await source.labels()).fill(-1);
      const again = await source.read(indices);
      deepStrictEqual(again.images, images);
      deepStrictEqual(again.labels, labels);
    });

    test('that lists the labels its images are read with', async (source) => {
      const labels = await source.labels();
      strictEqual(labels.length, source.length);
      for (const label of labels) ok(label >= 0 && label < source.classNames.length, `label ${label} is out of range`);
      const indices = sample(source);
      deepStrictEqual(
        [...(await source.read(indices)).labels],
        indices.map((index) => labels[index]),
      );
    });

    test('that is the same when opened again', async (source) => {
      const again = await open();
      try {
        const indices = sample(source);
        strictEqual(again.length, source.length);
        deepStrictEqual(await again.read(indices), await source.read(indices));
      } finally {
        await again.close();
      }
    });

    test('that reads an empty batch', async (source) => {
      const batch = await source.read([]);
      deepStrictEqual([...batch.shape], [0, ...source.imageShape]);
      strictEqual(batch.images.length + batch.labels.length + batch.indices.length, 0);
    });

    test('that refuses an index out of range', async (source) => {
      for (const index of [-1, source.length, 0.5, Number.NaN]) {
        await rejects(source.read([0, index]), Error, `index ${index} was not refused`);
      }
    });

    test('that can be read by several at once', async (source) => {
      const indices = sample(source);
      const expected = await source.read(indices);
      const concurrent = await Promise.all(indices.map((index) => source.read([index])));
      for (const [k, batch] of concurrent.entries()) deepStrictEqual(row(batch, 0), row(expected, k));
    });

    test('whose shuffled batches visit each image once', async (source) => {
      const options = {
        batchSize: 7,
        normalization: defaultNormalizations.get('raw'),
        order: 'shuffled',
        seed: 1,
        limit: source.length > 200 ? sampled : source.length,
      } as const;
      const seen: number[] = [];
      let count = 0;
      for await (const batch of batches(source, options)) {
        seen.push(...batch.indices);
        count += 1;
      }
      strictEqual(count, batchCount(source.length, options));
      strictEqual(seen.length, Math.min(options.limit, source.length));
      strictEqual(new Set(seen).size, seen.length, 'an image came twice');
    });

    it('that refuses to read once closed, and may be closed twice', async () => {
      const source = await open();
      await source.close();
      await source.close();
      await rejects(source.read([0]), Error, 'a closed source was read');
    });
  });
}
