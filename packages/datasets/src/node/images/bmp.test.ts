import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bmpOf } from './bmp.fixture.js';
import { readBmp } from './bmp.js';

/** The bits of rows, each filled up to 32 bits. */
function packed(rows: readonly (readonly number[])[], bits: number): Uint8Array {
  return Uint8Array.from(
    rows.flatMap((row) => {
      const all = row.map((value) => value.toString(2).padStart(bits, '0')).join('');
      const filled = all.padEnd(Math.ceil(all.length / 32) * 32, '0');
      return Array.from({ length: filled.length / 8 }, (_, byte) =>
        Number.parseInt(filled.slice(byte * 8, byte * 8 + 8), 2),
      );
    }),
  );
}

/** The number of a pixel with its bytes the other way round: files have the low one first. */
function swapped(value: number, bits: number): number {
  const bytes =
    value
      .toString(16)
      .padStart(bits / 4, '0')
      .match(/../g) ?? [];
  return Number.parseInt(bytes.toReversed().join(''), 16);
}

const decoded = (file: Uint8Array) => {
  const image = readBmp(file);
  expect(image.bytes).toBeGreaterThanOrEqual(file.length);
  return [...image.decode(file)];
};

/** Rows of values below `2 ** bits`. */
const rowsOf = (bits: number) =>
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 })).chain(([width, height]) =>
    fc.array(fc.array(fc.nat(2 ** bits - 1), { minLength: width, maxLength: width }), {
      minLength: height,
      maxLength: height,
    }),
  );

const sizeOf = (rows: readonly (readonly number[])[]) => ({ height: rows.length, width: rows[0]?.length ?? 0 });

describe('a BMP file', () => {
  it.each([1, 4, 8])('of %i bits gives the colours of its palette, rows from below or above', (bits) => {
    fc.assert(
      fc.property(
        rowsOf(bits),
        fc.uint8Array({ minLength: 4 * 2 ** bits, maxLength: 4 * 2 ** bits }),
        fc.boolean(),
        (rows, palette, fromTop) => {
          const data = packed(fromTop ? rows : rows.toReversed(), bits);
          const expected = rows.flat().flatMap((index) => [2, 1, 0].map((k) => palette[4 * index + k]));
          expect(decoded(bmpOf({ ...sizeOf(rows), bits, data, palette, fromTop }))).toEqual(expected);
        },
      ),
      { seed: 3, numRuns: 40 },
    );
  });

  it.each([
    {
      bits: 16,
      masks: [],
      fields: [
        [10, 5],
        [5, 5],
        [0, 5],
      ],
    },
    {
      bits: 16,
      masks: [0xf800, 0x7e0, 0x1f],
      fields: [
        [11, 5],
        [5, 6],
        [0, 5],
      ],
    },
    {
      bits: 24,
      masks: [],
      fields: [
        [16, 8],
        [8, 8],
        [0, 8],
      ],
    },
    {
      bits: 32,
      masks: [],
      fields: [
        [16, 8],
        [8, 8],
        [0, 8],
      ],
    },
    {
      bits: 32,
      masks: [0xff000000, 0xff0000, 0xff00],
      fields: [
        [24, 8],
        [16, 8],
        [8, 8],
      ],
    },
    {
      bits: 32,
      masks: [0xff, 0xff00, 0x3ff00000],
      fields: [
        [0, 8],
        [8, 8],
        [20, 10],
      ],
    },
  ])('of $bits bits with the masks $masks gives each colour in proportion', ({ bits, masks, fields }) => {
    fc.assert(
      fc.property(rowsOf(bits), (rows) => {
        const data = packed(
          rows.toReversed().map((row) => row.map((pixel) => swapped(pixel, bits))),
          bits,
        );
        const expected = rows
          .flat()
          .flatMap((pixel) =>
            fields.map(([shift = 0, width = 0]) =>
              Math.floor(((Math.floor(pixel / 2 ** shift) % 2 ** width) * 255) / (2 ** width - 1)),
            ),
          );
        expect(decoded(bmpOf({ ...sizeOf(rows), bits, data, masks, compression: masks.length > 0 ? 3 : 0 }))).toEqual(
          expected,
        );
      }),
      { seed: 3, numRuns: 40 },
    );
  });

  it('gives a colour that its palette lacks as grey', () => {
    const palette = Uint8Array.of(1, 2, 3, 0);
    expect(decoded(bmpOf({ height: 1, width: 2, bits: 8, data: Uint8Array.of(0, 7, 0, 0), palette }))).toEqual([
      3, 2, 1, 7, 7, 7,
    ]);
  });

  it('unpacks run lengths: runs, pixels side by side, moves and ends', () => {
    const palette = Uint8Array.from({ length: 1024 }, (_, at) => at >> 2);
    const image = { height: 3, width: 4, palette };
    // From below: 5 5 5 9 / two of nothing, then 1 2 / 7 8 9 and nothing.
    const runs = [3, 5, 1, 9, 0, 0, 0, 2, 2, 0, 1, 1, 1, 2, 0, 0, 0, 3, 7, 8, 9, 0, 0, 1];
    const expected = [7, 8, 9, 0, 0, 0, 1, 2, 5, 5, 5, 9].flatMap((index) => [index, index, index]);
    expect(decoded(bmpOf({ ...image, bits: 8, compression: 1, data: Uint8Array.from(runs) }))).toEqual(expected);
    const halves = [3, 0x56, 1, 0x90, 0, 0, 0, 2, 2, 0, 2, 0x12, 0, 0, 0, 3, 0x78, 0x90, 0, 1];
    const grey = Uint8Array.from({ length: 64 }, (_, at) => at >> 2);
    const expectedHalves = [7, 8, 9, 0, 0, 0, 1, 2, 5, 6, 5, 9].flatMap((index) => [index, index, index]);
    expect(decoded(bmpOf({ ...image, palette: grey, bits: 4, compression: 2, data: Uint8Array.from(halves) }))).toEqual(
      expectedHalves,
    );
  });

  it('is refused, in words, where it is cut off, runs past its rows, or of another kind', () => {
    const whole = bmpOf({ height: 2, width: 3, bits: 24, data: new Uint8Array(24) });
    expect(() => readBmp(whole.subarray(0, 30))).toThrow('it ends after 30 of 54 bytes');
    expect(() => readBmp(whole).decode(whole.subarray(0, 60))).toThrow('it ends after 60 of 78 bytes');
    const runs = (data: readonly number[]) =>
      decoded(
        bmpOf({
          height: 1,
          width: 2,
          bits: 8,
          compression: 1,
          palette: new Uint8Array(8),
          data: Uint8Array.from(data),
        }),
      );
    expect(() => runs([3, 0, 0, 1])).toThrow('go past a row');
    expect(() => runs([1, 0])).toThrow('end too early');
    expect(() => readBmp(bmpOf({ height: 1, width: 1, bits: 24, compression: 4, data: new Uint8Array(4) }))).toThrow(
      'compression 4',
    );
    expect(() => readBmp(bmpOf({ height: 1, width: -1, bits: 24, data: new Uint8Array(4) }))).toThrow('-1×1 pixels');
    expect(() =>
      readBmp(bmpOf({ height: 1, width: 1, bits: 16, compression: 3, masks: [5, 2, 1], data: new Uint8Array(4) })),
    ).toThrow('0x5 is not a mask');
  });

  it('that is damaged anywhere is refused in words, or read', () => {
    const whole = bmpOf({
      height: 4,
      width: 5,
      bits: 8,
      compression: 1,
      palette: new Uint8Array(64),
      data: Uint8Array.of(5, 1, 0, 0, 5, 2, 0, 1),
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(whole.length),
        (changes, cut) => {
          const damaged = whole.slice(0, cut);
          for (const [at, byte] of changes) if (at < cut) damaged[at] = byte;
          try {
            const image = readBmp(damaged);
            if (image.height * image.width < 1e6) image.decode(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            expect(String(error)).toMatch(/^Error: (it|its) /);
          }
        },
      ),
      { seed: 3, numRuns: 400 },
    );
  });
});
