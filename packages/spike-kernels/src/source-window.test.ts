import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceView } from './source-window.js';
import { seesWholeSource, selectsPixels, windowInside } from './source-window.js';

const extent = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));
const views: fc.Arbitrary<SourceView> = fc.record({
  source: fc.record({ rows: fc.integer({ min: 1, max: 4 }), columns: fc.integer({ min: 1, max: 4 }) }),
  window: fc.record({
    size: fc.oneof(fc.constant([1, 1] as const), extent),
    stride: fc.oneof(fc.constant([1, 1] as const), extent),
    top: fc.constantFrom(0, 0, 1, 2),
    left: fc.constantFrom(0, 0, 1, 2),
  }),
  grid: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
});

/** The rows or columns that a window covers, inside the source or not. */
const covered = ({ window }: SourceView, axis: 0 | 1, place: number): readonly number[] =>
  Array.from(
    { length: window.size[axis] },
    (_, i) => place * window.stride[axis] - (axis === 0 ? window.top : window.left) + i,
  );

/** What every row, or column, of the grid covers. */
const all = (view: SourceView, axis: 0 | 1): readonly (readonly number[])[] =>
  Array.from({ length: view.grid[axis] }, (_, place) => covered(view, axis, place));

describe('a window of a source', () => {
  it('selects pixels exactly where each of the grid is one of the source’s, on no side beyond it', () => {
    fc.assert(
      fc.property(views, (view) => {
        const { rows, columns } = view.source;
        const one = (axis: 0 | 1, length: number): boolean =>
          all(view, axis).every(([at = -1, ...more]) => more.length === 0 && at >= 0 && at < length);
        expect(selectsPixels(view)).toBe(one(0, rows) && one(1, columns));
      }),
      { seed: 3, numRuns: 2000 },
    );
  });

  it('is the whole source exactly where the grid’s pixels are the source’s, one by one', () => {
    fc.assert(
      fc.property(views, (view) => {
        const { rows, columns } = view.source;
        const same = (axis: 0 | 1, length: number): boolean =>
          JSON.stringify(all(view, axis)) === JSON.stringify(Array.from({ length }, (_, at) => [at]));
        // With a single row, the stride has no effect.
        const strides = view.window.stride.every((stride) => stride === 1);
        if (strides) expect(seesWholeSource(view)).toBe(same(0, rows) && same(1, columns));
        else expect(seesWholeSource(view)).toBe(false);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });

  it('holds the rows and columns that lie in the source', () => {
    fc.assert(
      fc.property(views, fc.integer({ min: 0, max: 4 }), (view, place) => {
        for (const axis of [0, 1] as const) {
          const length = axis === 0 ? view.source.rows : view.source.columns;
          const [from, until] = windowInside(view, axis, place);
          const inside = covered(view, axis, place).filter((at) => at >= 0 && at < length);
          expect(Array.from({ length: until - from }, (_, i) => from + i)).toEqual(inside);
        }
      }),
      { seed: 5, numRuns: 2000 },
    );
  });
});
