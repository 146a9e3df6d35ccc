import type { LabelledBox } from '@rheobase/datasets';
import fc from 'fast-check';
import type { JudgedImage } from './detection.js';

/** An object of a class, nothing special about it. */
export function labelled(
  label: number,
  [left, top, right, bottom]: readonly [number, number, number, number],
  flags: Partial<LabelledBox> = {},
): LabelledBox {
  const area = (right - left) * (bottom - top);
  return { box: { left, top, right, bottom }, label, difficult: false, truncated: false, crowd: false, area, ...flags };
}

const object = fc
  .record({
    label: fc.nat(1),
    x: fc.nat(160),
    y: fc.nat(160),
    w: fc.integer({ min: 4, max: 150 }),
    h: fc.integer({ min: 4, max: 150 }),
    difficult: fc.integer({ min: 0, max: 5 }),
    crowd: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ label, x, y, w, h, difficult, crowd }) =>
    labelled(label, [x, y, x + w, y + h], { difficult: difficult === 0, crowd: crowd === 0 }),
  );

/** Images with objects of two classes, and detections most of which are near objects; scores come in tenths, so that some are equal. */
export const judgedImages: fc.Arbitrary<readonly JudgedImage[]> = fc.array(
  fc
    .record({
      objects: fc.array(object, { maxLength: 5 }),
      guesses: fc.array(
        fc.record({
          near: fc.nat(5),
          shift: fc.tuple(fc.integer({ min: -12, max: 12 }), fc.integer({ min: -12, max: 12 })),
          stray: object,
          score: fc.nat(10),
        }),
        { maxLength: 9 },
      ),
    })
    .map(({ objects, guesses }) => ({
      objects,
      detections: guesses.map(({ near, shift: [dx, dy], stray, score }) => {
        const { box, label } = objects[near] ?? stray;
        const moved = { left: box.left + dx, top: box.top + dy, right: box.right + dx, bottom: box.bottom + dy };
        return { box: moved, label, score: score / 10 };
      }),
    })),
  { minLength: 1, maxLength: 4 },
);
