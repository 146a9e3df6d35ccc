import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RasterImage } from '../raster-image.js';
import { mapBox } from './box.js';
import { fitImage, placementOf, unplace } from './fit-image.js';

const sides = fc.integer({ min: 1, max: 90 });

function plain(height: number, width: number, level: number): RasterImage {
  return { data: new Uint8Array(height * width * 3).fill(level), height, width, channels: 3 };
}

describe('fitting an image', () => {
  it('puts every pixel of the image where the placement says, and the fill around it', () => {
    fc.assert(
      fc.property(sides, sides, sides, sides, (height, width, toHeight, toWidth) => {
        const to = { height: toHeight, width: toWidth };
        const { image, placement } = fitImage(plain(height, width, 200), to, {
          shape: 'letterbox',
          filter: 'bilinear',
          fill: 3,
        });
        const { left, top, right, bottom } = mapBox(
          {
            box: { left: 0, top: 0, right: width, bottom: height },
            label: 0,
            difficult: false,
            truncated: false,
            crowd: false,
            area: 1,
          },
          placement,
        ).box;
        for (let y = 0; y < toHeight; y += 1) {
          for (let x = 0; x < toWidth; x += 1) {
            const inside = x + 0.5 > left && x + 0.5 < right && y + 0.5 > top && y + 0.5 < bottom;
            expect(image.data[(y * toWidth + x) * 3]).toBe(inside ? 200 : 3);
          }
        }
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('is undone by unplace, letterboxed or stretched', () => {
    fc.assert(
      fc.property(sides, sides, sides, sides, fc.constantFrom('letterbox', 'stretch'), (h, w, toH, toW, shape) => {
        const placement = placementOf({ height: h, width: w }, { height: toH, width: toW }, shape);
        const box = { left: 0.25 * w, top: 0, right: w, bottom: 0.5 * h };
        const object = { box, label: 0, difficult: false, truncated: false, crowd: false, area: 1 };
        const back = unplace(mapBox(object, placement).box, placement);
        for (const edge of ['left', 'top', 'right', 'bottom'] as const) expect(back[edge]).toBeCloseTo(box[edge], 9);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('keeps the centre of a letterboxed image in the centre', () => {
    const { placement } = fitImage(
      plain(10, 20, 1),
      { height: 40, width: 40 },
      { shape: 'letterbox', filter: 'sampled' },
    );
    expect(placement).toEqual({ scaleX: 2, scaleY: 2, offsetX: 0, offsetY: 10 });
  });

  it('refuses a fill that is no level', () => {
    expect(() =>
      fitImage(plain(2, 2, 1), { height: 4, width: 4 }, { shape: 'stretch', filter: 'bilinear', fill: 300 }),
    ).toThrow(/fill/);
  });
});
