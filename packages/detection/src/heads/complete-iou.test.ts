import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iou } from '../overlap.js';
import { type CentredBox, centred, completeIou, edgesOf } from './complete-iou.js';

const side = fc.double({ min: 0.5, max: 40, noNaN: true });
const place = fc.double({ min: -20, max: 20, noNaN: true });
const boxes = fc.record({ x: place, y: place, width: side, height: side });

/** CIoU from its formula, α given. */
function formula(box: CentredBox, target: CentredBox, alpha?: number): number {
  const overlap = iou(edgesOf(box), edgesOf(target));
  const [a, b] = [edgesOf(box), edgesOf(target)];
  const c2 =
    (Math.max(a.right, b.right) - Math.min(a.left, b.left)) ** 2 +
    (Math.max(a.bottom, b.bottom) - Math.min(a.top, b.top)) ** 2;
  const rho2 = (box.x - target.x) ** 2 + (box.y - target.y) ** 2;
  const v = (4 / Math.PI ** 2) * (Math.atan(target.width / target.height) - Math.atan(box.width / box.height)) ** 2;
  return overlap - rho2 / c2 - (alpha ?? (v === 0 ? 0 : v / (1 - overlap + v))) * v;
}

describe('complete IoU', () => {
  it('is 1 for the box itself, with no slope in its angle, and at most the plain IoU', () => {
    fc.assert(
      fc.property(boxes, boxes, (box, target) => {
        expect(completeIou(target, target).ciou).toBeCloseTo(1, 9);
        const { ciou, iou: plain } = completeIou(box, target);
        expect(plain).toBeCloseTo(iou(edgesOf(box), edgesOf(target)), 9);
        expect(ciou).toBeLessThanOrEqual(plain + 1e-9);
        expect(ciou).toBeCloseTo(formula(box, target), 9);
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it('has the slopes of its formula with α held, by finite differences', () => {
    fc.assert(
      fc.property(boxes, boxes, (box, target) => {
        const { slope } = completeIou(box, target);
        const overlap = iou(edgesOf(box), edgesOf(target));
        const v =
          (4 / Math.PI ** 2) * (Math.atan(target.width / target.height) - Math.atan(box.width / box.height)) ** 2;
        const alpha = v === 0 ? 0 : v / (1 - overlap + v);
        (['x', 'y', 'width', 'height'] as const).forEach((name, k) => {
          const step = 1e-5;
          const moved = (by: number): number => formula({ ...box, [name]: box[name] + by }, target, alpha);
          const [up, down] = [(moved(step) - moved(0)) / step, (moved(0) - moved(-step)) / step];
          // At a kink the two sides differ, and whatever lies between them is right.
          const tolerance = 1e-3 * Math.max(1, Math.abs(up), Math.abs(down));
          expect(slope[k]).toBeGreaterThan(Math.min(up, down) - tolerance);
          expect(slope[k]).toBeLessThan(Math.max(up, down) + tolerance);
        });
      }),
      { seed: 13, numRuns: 300 },
    );
  });

  it('draws boxes that share nothing towards each other', () => {
    const { ciou, slope } = completeIou({ x: 0, y: 0, width: 2, height: 2 }, { x: 10, y: 0, width: 2, height: 2 });
    expect(ciou).toBeLessThan(0);
    expect(slope[0]).toBeGreaterThan(0);
  });

  it('knows a box by its centre as well as by its edges', () => {
    expect(edgesOf(centred({ left: 1, top: 2, right: 5, bottom: 9 }))).toEqual({
      left: 1,
      top: 2,
      right: 5,
      bottom: 9,
    });
  });
});
