import { randomStream } from '@rheobase/network';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colorJitter } from '../../augment/color-jitter.js';
import type { Box, LabelledBox } from '../box.js';
import { boxArea } from '../box.js';
import type { BoxExample } from '../box-augmentation.js';
import { pixelsOnly } from '../box-augmentation.js';
import { cropBoxes } from './crop-boxes.js';
import { flipBoxes } from './flip-boxes.js';

const labelled = (box: Box, label: number): LabelledBox => ({
  box,
  label,
  difficult: false,
  truncated: false,
  crowd: false,
  area: boxArea(box),
});

/** Boxes that do not touch, each filled with a grey of its own, `100 + label`. */
function painted(boxes: readonly Box[], height: number, width: number): BoxExample {
  const data = new Uint8Array(height * width * 3).fill(9);
  boxes.forEach(({ left, top, right, bottom }, label) => {
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) data.fill(100 + label, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  });
  return { image: { data, height, width, channels: 3 }, objects: boxes.map(labelled) };
}

/** The box around the pixels of a grey. */
function extent({ image }: BoxExample, label: number): Box | undefined {
  const at: { x: number; y: number }[] = [];
  for (let pixel = 0; pixel < image.height * image.width; pixel += 1) {
    if (image.data[pixel * 3] === 100 + label) at.push({ x: pixel % image.width, y: Math.floor(pixel / image.width) });
  }
  if (at.length === 0) return undefined;
  const [xs, ys] = [at.map(({ x }) => x), at.map(({ y }) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs) + 1, bottom: Math.max(...ys) + 1 };
}

/** Boxes in different columns of a 24×40 image. */
const examples = fc
  .array(
    fc.record({ x: fc.nat(6), y: fc.nat(15), w: fc.integer({ min: 1, max: 4 }), h: fc.integer({ min: 1, max: 8 }) }),
    { minLength: 1, maxLength: 3 },
  )
  .map((drawn) =>
    painted(
      drawn.map(({ x, y, w, h }, k) => ({ left: k * 12 + x, top: y, right: k * 12 + x + w, bottom: y + h })),
      24,
      40,
    ),
  );

describe('box augmentations', () => {
  it.each([
    ['flip-boxes', flipBoxes({ probability: 1 })],
    ['crop-boxes', cropBoxes({ probability: 1, least: 0.4 })],
    ['color-jitter of nothing', pixelsOnly(colorJitter({ brightness: 0, contrast: 0, saturation: 0 }))],
  ] as const)('%s moves boxes with their pixels', (_, augmentation) => {
    fc.assert(
      fc.property(examples, fc.nat(1000), (example, seed) => {
        const before = example.image.data.slice();
        const changed = augmentation.apply(example, randomStream(seed));
        expect(example.image.data).toEqual(before);
        for (const { box, label } of changed.objects) expect(box).toEqual(extent(changed, label));
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  it('crop-boxes takes out only objects of which less than the share asked for is left, and marks those it cuts', () => {
    fc.assert(
      fc.property(examples, fc.nat(1000), (example, seed) => {
        const changed = cropBoxes({ probability: 1, least: 0.3, visible: 0.5 }).apply(example, randomStream(seed));
        expect(changed.objects.length).toBeGreaterThan(0);
        for (const { box, label } of example.objects) {
          const kept = changed.objects.find((object) => object.label === label);
          const left = extent(changed, label);
          const share = left === undefined ? 0 : boxArea(left) / boxArea(box);
          expect(kept !== undefined).toBe(share >= 0.5);
          if (kept !== undefined) {
            expect(kept.truncated).toBe(share < 1);
            expect(kept.area).toBeCloseTo(boxArea(kept.box), 9);
          }
        }
      }),
      { seed: 4, numRuns: 150 },
    );
  });

  it('color-jitter changes colours by its factors, and leaves sizes and boxes', () => {
    const example = painted([{ left: 2, top: 3, right: 9, bottom: 9 }], 16, 16);
    const changed = pixelsOnly(colorJitter()).apply(example, randomStream(1));
    expect(changed.objects).toEqual(example.objects);
    expect(changed.image.data).not.toEqual(example.image.data);
    expect(changed.image).toMatchObject({ height: 16, width: 16, channels: 3 });
  });

  it('refuse options out of range', () => {
    expect(() => flipBoxes({ probability: 2 })).toThrow(/flip-boxes/);
    expect(() => cropBoxes({ least: 0 })).toThrow(/least/);
    expect(() => colorJitter({ contrast: 1.5 })).toThrow(/contrast/);
  });
});
