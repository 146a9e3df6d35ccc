import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grid } from './packed-values.js';
import { pack, unpackRow } from './packed-values.js';

function back(
  values: Float32Array,
  size: number,
  grid: Grid,
): { readonly kind: string; readonly values: Float32Array } {
  const packed = pack(values, size, grid);
  const out = new Float32Array(values.length);
  for (let row = 0; row * size < values.length; row++) unpackRow(packed, row, size, grid, out, row * size);
  return { kind: packed.kind, values: out };
}

/** Rows of counts, the units of their elements, and whether all elements share one. */
const counts = (least: number, most: number) =>
  fc
    .record({ size: fc.integer({ min: 1, max: 37 }), rows: fc.integer({ min: 1, max: 5 }), shared: fc.boolean() })
    .chain(({ size, rows, shared }) =>
      fc.record({
        size: fc.constant(size),
        counts: fc.array(fc.integer({ min: least, max: most }), { minLength: size * rows, maxLength: size * rows }),
        units: fc
          .array(fc.float({ min: Math.fround(0.01), max: 50, noNaN: true }), { minLength: size, maxLength: size })
          .map((units) => (shared ? units.map(() => units[0] ?? 1) : units)),
      }),
    );

const gridOf = (units: readonly number[]): Grid =>
  units.every((unit) => unit === units[0]) ? { unit: units[0] ?? 1 } : { unit: Float32Array.from(units) };

describe('packed values', () => {
  it('are one bit each where all are 0 or the unit, and come back the same', () => {
    fc.assert(
      fc.property(counts(0, 1), ({ size, counts: list, units }) => {
        const values = Float32Array.from(list, (k, i) => k * (units[i % size] ?? 1));
        expect(back(values, size, gridOf(units))).toEqual({ kind: 'bits', values });
      }),
      { seed: 1 },
    );
    expect(pack(new Float32Array(160), 16, { unit: 1 }).data.byteLength).toBe(20);
  });

  it('are one byte each where they are small multiples, negative ones too, and come back the same', () => {
    fc.assert(
      fc.property(counts(-127, 127), ({ size, counts: list, units }) => {
        fc.pre(list.some((k) => k !== 0 && k !== 1));
        const values = Float32Array.from(list, (k, i) => Math.fround(k * (units[i % size] ?? 1)));
        const unpacked = back(values, size, gridOf(units));
        expect(unpacked.kind).toBe('counts');
        // −0 is no value of its own here.
        expect([...unpacked.values].map((x) => x + 0)).toEqual([...values].map((x) => x + 0));
      }),
      { seed: 2 },
    );
  });

  it('are kept as they are where one is off the grid', () => {
    const values = Float32Array.of(0, 0.5, 0.25, 1.1);
    expect(back(values, 2, { unit: 0.25 })).toEqual({ kind: 'values', values });
    const many = Float32Array.of(0, 200);
    expect(back(many, 2, { unit: 1 })).toEqual({ kind: 'values', values: many });
    expect(back(Float32Array.of(0, Number.NaN), 2, { unit: 1 }).values).toEqual(Float32Array.of(0, Number.NaN));
  });
});
