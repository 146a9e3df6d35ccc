import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRunLengths, readCompressedCounts, regionArea, regionBox, regionMask } from './rle.js';

/** Runs of a mask, `[height][width]`, down its columns. */
function runsOf(mask: readonly (readonly number[])[], height: number, width: number): readonly number[] {
  const counts = [0];
  let inside = 0;
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < height; y += 1) {
      const here = mask[y]?.[x] ?? 0;
      if (here !== inside) counts.push(0);
      inside = here;
      counts.push((counts.pop() ?? 0) + 1);
    }
  }
  return counts;
}

/** COCO's compression, written from its description: signed, five bits a character, the least first. */
function compress(counts: readonly number[]): string {
  return counts
    .map((count, run) => {
      let value = run > 2 ? count - (counts[run - 2] ?? 0) : count;
      let text = '';
      for (;;) {
        const low = value & 31;
        value >>= 5;
        const isLast = (value === 0 && (low & 16) === 0) || (value === -1 && (low & 16) !== 0);
        text += String.fromCharCode(48 + low + (isLast ? 0 : 32));
        if (isLast) return text;
      }
    })
    .join('');
}

const masks = fc
  .record({ height: fc.integer({ min: 1, max: 12 }), width: fc.integer({ min: 1, max: 12 }) })
  .chain(({ height, width }) =>
    fc
      .array(fc.array(fc.constantFrom(0, 1), { minLength: width, maxLength: width }), {
        minLength: height,
        maxLength: height,
      })
      .map((mask) => ({ mask, height, width })),
  );

describe('run lengths', () => {
  it('give back the mask they were made of, its area and its box', () => {
    fc.assert(
      fc.property(masks, ({ mask, height, width }) => {
        const region = { size: [height, width] as const, counts: runsOf(mask, height, width) };
        expect([...regionMask(region)]).toEqual(mask.flat());
        expect(regionArea(region)).toBe(mask.flat().filter((inside) => inside === 1).length);
        const columns = mask.flatMap((row) => row.flatMap((inside, x) => (inside === 1 ? [x] : [])));
        const rows = mask.flatMap((row, y) => (row.includes(1) ? [y] : []));
        expect(regionBox(region)).toEqual(
          rows.length === 0
            ? { left: 0, top: 0, right: 0, bottom: 0 }
            : {
                left: Math.min(...columns),
                top: Math.min(...rows),
                right: Math.max(...columns) + 1,
                bottom: Math.max(...rows) + 1,
              },
        );
        checkRunLengths(region, { height, width });
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('are read from their compressed form', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400_000), { minLength: 1, maxLength: 40 }), (counts) => {
        expect(readCompressedCounts(compress(counts))).toEqual(counts);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('are refused where they do not fill the image, or end within a number', () => {
    const image = { height: 2, width: 3 };
    expect(() => checkRunLengths({ size: [2, 3], counts: [1, 4] }, image)).toThrow(/cover 5 pixels.*has 6/);
    expect(() => checkRunLengths({ size: [3, 2], counts: [6] }, image)).toThrow(/2×3.*3×2/);
    expect(() => checkRunLengths({ size: [2, 3], counts: [-1, 7] }, image)).toThrow(/-1/);
    expect(() => readCompressedCounts('o')).toThrow(/end within a number/);
    expect(() => readCompressedCounts('1 ')).toThrow(/' '/);
  });
});
