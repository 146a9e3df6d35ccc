import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert/strict';
import { boxArea, boxBatches, type BoxSource, clipToImage } from './boxes/index.js';
import type { TestRunner } from './test-runner.js';
import { defaultNormalizations } from './normalization.js';

/** Images that are looked at, spread over the source. */
function sample({ length }: BoxSource): readonly number[] {
  return [...new Set([0, 1, Math.floor(length / 2), length - 1])].filter((index) => index < length);
}

/**
 * What every source of images with boxes must keep to, as tests for a test runner:
 *
 *     import { describe, it } from 'vitest';
 *     import { testBoxSource } from '@rheobase/datasets/conformance';
 *     testBoxSource('my set', () => openMySet(), { describe, it });
 *
 * @param open opens a new source; each test closes what it opened
 */
export function testBoxSource(name: string, open: () => Promise<BoxSource>, { describe, it }: TestRunner): void {
  const test = (sentence: string, body: (source: BoxSource) => Promise<void>): void => {
    it(sentence, async () => {
      const source = await open();
      try {
        await body(source);
      } finally {
        await source.close();
      }
    });
  };
  describe(`${name} is a source of images with boxes`, () => {
    test('that has images and classes', async (source) => {
      ok(source.name.length > 0, 'the name is empty');
      ok(Number.isInteger(source.length) && source.length > 0, `length is ${source.length}`);
      ok(source.classNames.length > 0, 'there are no classes');
      strictEqual(new Set(source.classNames).size, source.classNames.length, 'two classes have one name');
    });

    test('whose boxes have an area, lie in their image and name a class', async (source) => {
      for (const index of sample(source)) {
        const { objects, size } = source.annotation(index);
        for (const { box, label, area } of objects) {
          ok(boxArea(box) > 0, `image ${index}: a box has no area`);
          deepStrictEqual(clipToImage(box, size), box, `image ${index}: a box reaches past the border`);
          ok(label >= 0 && label < source.classNames.length, `image ${index}: label ${label} is out of range`);
          ok(Number.isFinite(area) && area >= 0, `image ${index}: the area of an object is ${area}`);
        }
      }
    });

    test('that reads RGB images of the size it says, with the boxes it lists', async (source) => {
      for (const index of sample(source)) {
        const { image, ...annotation } = await source.read(index);
        deepStrictEqual(annotation, source.annotation(index));
        deepStrictEqual({ height: image.height, width: image.width }, annotation.size);
        strictEqual(image.channels, 3);
        strictEqual(image.data.length, image.height * image.width * 3);
      }
    });

    test('that gives the same at every reading, also when opened again, and pixels of their own', async (source) => {
      const [index = 0] = sample(source).toReversed();
      const first = await source.read(index);
      const pixels = first.image.data.slice();
      first.image.data.fill(7);
      deepStrictEqual((await source.read(index)).image.data, pixels);
      const again = await open();
      deepStrictEqual((await again.read(index)).image.data, pixels);
      deepStrictEqual(again.annotation(index), source.annotation(index));
      await again.close();
    });

    test('whose findings name images of the set', async (source) => {
      const ids = new Set(
        Array.from({ length: Math.min(source.length, 1000) }, (_, index) => source.annotation(index).id),
      );
      if (source.length > 1000) return;
      for (const { image } of source.findings) ok(ids.has(image), `there is no image '${image}'`);
    });

    test('that goes through batches of one size', async (source) => {
      const batches = boxBatches(source, {
        batchSize: 2,
        size: { height: 32, width: 64 },
        fit: { shape: 'letterbox', filter: 'bilinear' },
        normalization: defaultNormalizations.get('unit'),
        limit: 3,
      });
      let seen = 0;
      for await (const { shape, images, objects } of batches) {
        strictEqual(images.length, shape[0] * 32 * 64 * 3);
        strictEqual(objects.length, shape[0]);
        seen += shape[0];
      }
      strictEqual(seen, Math.min(3, source.length));
    });

    test('that refuses an index out of range', async (source) => {
      for (const index of [-1, source.length, 0.5, Number.NaN]) {
        throws(() => source.annotation(index), `index ${index} was not refused`);
        await rejects(source.read(index), Error, `index ${index} was not refused`);
      }
    });

    it('that refuses to read once closed, and may be closed twice', async () => {
      const source = await open();
      await source.close();
      await source.close();
      await rejects(source.read(0), Error, 'a closed source was read');
    });
  });
}
