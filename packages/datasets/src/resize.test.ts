import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RasterImage } from './raster-image.js';
import { centreCrop, type ResizeFilter, resize, resizeShorterSide } from './resize.js';

/** An image made by a formula, so that the golden figures below can be had again with Pillow. */
function patterned(height: number, width: number, channels: number): RasterImage {
  const data = Uint8Array.from({ length: height * width * channels }, (_, at) => {
    const k = at % channels;
    const x = Math.floor(at / channels) % width;
    const y = Math.floor(at / channels / width);
    return (37 * y * y + 91 * x + 53 * k + 7 * x * y) % 256;
  });
  return { data, height, width, channels };
}

/**
 * One axis of one output value by the formula alone: real weights of the widened kernel, normalised, in units of 2⁻²², the sum rounded and
 * clamped.
 */
function referenceValue(line: readonly number[], size: number, at: number, filter: ResizeFilter): number {
  const scale = line.length / size;
  const stretch = Math.max(1, scale);
  const support = (filter === 'bilinear' ? 1 : 2) * stretch;
  const centre = (at + 0.5) * scale;
  const cubic = (x: number) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0);
  const weigh = (x: number) => (filter === 'bilinear' ? Math.max(0, 1 - x) : cubic(x));
  const from = Math.max(0, Math.trunc(centre - support + 0.5));
  const to = Math.min(line.length, Math.trunc(centre + support + 0.5));
  const inside = line.slice(from, to);
  const weights = inside.map((_, k) => weigh(Math.abs((k + from - centre + 0.5) * (1 / stretch))));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const fixed = weights.map((weight) => {
    const units = (weight / total) * 4194304;
    return BigInt(Math.sign(units) * Math.floor(Math.abs(units) + 0.5));
  });
  const sum = inside.reduce((all, value, k) => all + BigInt(value) * (fixed[k] ?? 0n), 2097152n);
  return Math.min(255, Math.max(0, Number(sum >> 22n)));
}

/** Slow and obvious: first every row, then every column, each value for itself. */
function referenceResize(image: RasterImage, height: number, width: number, filter: ResizeFilter): Uint8Array {
  const { channels } = image;
  const at = (y: number, x: number, k: number) => image.data[(y * image.width + x) * channels + k] ?? 0;
  const range = (length: number) => Array.from({ length }, (_, k) => k);
  const planes = range(channels).map((k) => range(image.height).map((y) => range(image.width).map((x) => at(y, x, k))));
  const resized = planes.map((rows) => {
    const wide =
      width === image.width ? rows : rows.map((row) => range(width).map((x) => referenceValue(row, width, x, filter)));
    if (height === image.height) return wide;
    return range(height).map((y) =>
      range(width).map((x) =>
        referenceValue(
          wide.map((row) => row[x] ?? 0),
          height,
          y,
          filter,
        ),
      ),
    );
  });
  return Uint8Array.from(
    range(height).flatMap((y) => range(width).flatMap((x) => resized.map((rows) => rows[y]?.[x] ?? 0))),
  );
}

/** What Pillow (9.4 and 12.3 alike) makes of patterned images. */
const golden: readonly {
  readonly from: readonly [height: number, width: number, channels: number];
  readonly to: readonly [height: number, width: number];
  readonly filter: ResizeFilter;
  readonly pixels: readonly number[];
}[] = [
  {
    from: [7, 9, 3],
    to: [3, 4],
    filter: 'bilinear',
    pixels: [
      117, 124, 159, 125, 122, 123, 104, 148, 116, 136, 87, 140, 135, 159, 133, 116, 136, 98, 109, 131, 127, 128, 92,
      145, 110, 163, 90, 110, 161, 111, 107, 115, 142, 104, 117, 170,
    ],
  },
  {
    from: [7, 9, 3],
    to: [3, 4],
    filter: 'bicubic',
    pixels: [
      114, 121, 163, 130, 122, 119, 99, 153, 118, 140, 81, 139, 143, 163, 137, 114, 132, 96, 105, 133, 123, 129, 91,
      146, 108, 165, 84, 109, 165, 110, 108, 113, 148, 103, 118, 171,
    ],
  },
  {
    from: [3, 2, 3],
    to: [4, 5],
    filter: 'bilinear',
    pixels: [
      0, 53, 106, 9, 62, 115, 46, 99, 152, 82, 135, 188, 91, 144, 197, 23, 76, 129, 33, 86, 139, 71, 124, 177, 109, 162,
      215, 119, 172, 225, 79, 132, 185, 89, 132, 185, 129, 134, 187, 169, 136, 189, 179, 136, 189, 148, 201, 254, 158,
      186, 239, 201, 126, 179, 243, 65, 118, 253, 50, 103,
    ],
  },
  {
    from: [3, 2, 3],
    to: [4, 5],
    filter: 'bicubic',
    pixels: [
      0, 42, 95, 4, 57, 110, 44, 97, 150, 83, 136, 189, 98, 151, 204, 9, 57, 111, 21, 76, 129, 63, 125, 178, 104, 174,
      227, 120, 193, 246, 70, 133, 181, 87, 134, 187, 132, 137, 190, 176, 140, 193, 189, 140, 193, 144, 223, 255, 161,
      196, 249, 207, 125, 178, 252, 54, 107, 255, 26, 79,
    ],
  },
  {
    from: [13, 11, 1],
    to: [5, 11],
    filter: 'bilinear',
    pixels: [
      54, 153, 175, 94, 116, 112, 74, 155, 151, 96, 194, 102, 177, 83, 151, 56, 124, 114, 105, 134, 78, 192, 72, 147,
      82, 157, 92, 145, 102, 155, 112, 106, 144, 108, 120, 155, 167, 109, 136, 109, 175, 156, 51, 195, 152, 63, 154,
      142, 113, 144, 133, 121, 135, 123, 112,
    ],
  },
  {
    from: [13, 11, 1],
    to: [5, 11],
    filter: 'bicubic',
    pixels: [
      51, 153, 180, 91, 118, 115, 68, 158, 157, 96, 193, 107, 182, 78, 155, 50, 123, 116, 100, 131, 80, 195, 69, 143,
      78, 153, 94, 143, 104, 153, 109, 103, 139, 104, 123, 158, 170, 108, 138, 106, 181, 160, 47, 201, 157, 58, 153,
      140, 118, 143, 135, 121, 131, 130, 109,
    ],
  },
  {
    from: [5, 6, 1],
    to: [9, 4],
    filter: 'bilinear',
    pixels: [
      34, 133, 66, 165, 47, 150, 86, 135, 70, 177, 118, 84, 124, 175, 134, 95, 187, 164, 145, 122, 149, 131, 118, 100,
      120, 107, 100, 87, 123, 116, 114, 106, 125, 121, 122, 118,
    ],
  },
  {
    from: [5, 6, 1],
    to: [9, 4],
    filter: 'bicubic',
    pixels: [
      25, 140, 49, 179, 34, 158, 74, 142, 59, 190, 119, 79, 127, 188, 140, 88, 191, 167, 142, 118, 158, 131, 114, 96,
      119, 107, 94, 81, 123, 117, 111, 105, 127, 124, 122, 119,
    ],
  },
];

describe('resize', () => {
  it.each(golden)(
    'gives the bytes Pillow gives: $filter, $from to $to',
    ({ from, to: [height, width], filter, pixels }) => {
      expect([...resize(patterned(...from), { height, width, filter }).data]).toEqual(pixels);
    },
  );

  it('equals the slow reference on images and sizes of all kinds', () => {
    const side = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(
        fc
          .record({ height: side, width: side, channels: fc.constantFrom(1, 3) })
          .chain(({ height, width, channels }) => {
            const length = height * width * channels;
            return fc.record({
              image: fc
                .oneof(
                  fc.uint8Array({ minLength: length, maxLength: length }),
                  fc.array(fc.constantFrom(0, 255), { minLength: length, maxLength: length }),
                )
                .map((data) => ({ data: Uint8Array.from(data), height, width, channels })),
              toHeight: side,
              toWidth: side,
              filter: fc.constantFrom<ResizeFilter>('bilinear', 'bicubic'),
            });
          }),
        ({ image, toHeight, toWidth, filter }) => {
          const { data } = resize(image, { height: toHeight, width: toWidth, filter });
          expect([...data]).toEqual([...referenceResize(image, toHeight, toWidth, filter)]);
        },
      ),
      { seed: 20, numRuns: 60 },
    );
  });

  it('keeps a flat image flat', () => {
    const flat = { data: new Uint8Array(11 * 17 * 3).fill(201), height: 11, width: 17, channels: 3 };
    for (const filter of ['bilinear', 'bicubic'] as const) {
      expect(new Set(resize(flat, { height: 6, width: 29, filter }).data)).toEqual(new Set([201]));
    }
  });

  it('returns an image of the right size as it is, and never writes to its argument', () => {
    const image = patterned(6, 5, 3);
    const before = image.data.slice();
    expect(resize(image, { height: 6, width: 5, filter: 'bicubic' })).toBe(image);
    resize(image, { height: 3, width: 9, filter: 'bicubic' });
    expect(image.data).toEqual(before);
  });

  it('refuses sizes that are not positive integers and data that is no image', () => {
    expect(() => resize(patterned(4, 4, 3), { height: 0, width: 4, filter: 'bilinear' })).toThrow(
      'cannot resize to 0×4',
    );
    expect(() => resize(patterned(4, 4, 3), { height: 4, width: 2.5, filter: 'bilinear' })).toThrow('4×2.5');
    expect(() =>
      resize(
        { data: new Uint8Array(5), height: 2, width: 1, channels: 3 },
        { height: 1, width: 1, filter: 'bilinear' },
      ),
    ).toThrow('2×1×3 needs 6 bytes, has 5');
  });
});

describe('resizeShorterSide', () => {
  it('brings the shorter side to size and cuts off the fraction of the longer', () => {
    const tall = resizeShorterSide(patterned(500, 333, 1), 256, 'bilinear');
    expect([tall.height, tall.width]).toEqual([384, 256]);
    const wide = resizeShorterSide(patterned(375, 500, 1), 256, 'bilinear');
    expect([wide.height, wide.width]).toEqual([256, 341]);
    const square = resizeShorterSide(patterned(9, 9, 1), 4, 'bicubic');
    expect([square.height, square.width]).toEqual([4, 4]);
  });
});

describe('centreCrop', () => {
  it('takes the middle, a half offset going to the even side as in torchvision', () => {
    // Columns tell their number: 9 − 4 leaves offset 2.5 → 2, 11 − 4 leaves 3.5 → 4.
    const columns = (width: number) => ({
      data: Uint8Array.from({ length: width }, (_, x) => x),
      height: 1,
      width,
      channels: 1,
    });
    expect([...centreCrop(columns(9), { height: 1, width: 4 }).data]).toEqual([2, 3, 4, 5]);
    expect([...centreCrop(columns(11), { height: 1, width: 4 }).data]).toEqual([4, 5, 6, 7]);
    expect([...centreCrop(columns(8), { height: 1, width: 4 }).data]).toEqual([2, 3, 4, 5]);
  });

  it('keeps rows and channels together', () => {
    const image = patterned(5, 6, 3);
    const cropped = centreCrop(image, { height: 3, width: 2 });
    expect([cropped.height, cropped.width, cropped.channels]).toEqual([3, 2, 3]);
    expect([...cropped.data.subarray(0, 6)]).toEqual([...image.data.subarray((1 * 6 + 2) * 3, (1 * 6 + 4) * 3)]);
  });

  it('refuses a crop larger than the image', () => {
    expect(() => centreCrop(patterned(4, 4, 3), { height: 5, width: 4 })).toThrow(
      'cannot crop 5×4 from an image of 4×4',
    );
  });
});
