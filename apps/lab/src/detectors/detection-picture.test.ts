import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Detection } from '@rheobase/detection';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { detectionOverlay, writeDetectionPicture } from './detection-picture.js';

const classNames = ['potted plant', 'cup'];

function found(score: number, left: number, top: number, right: number, bottom: number, label = 0): Detection {
  return { label, score, box: { left, top, right, bottom } };
}

/** The values of an attribute of all elements of a kind, in drawing order. */
function numbers(svg: string, element: string, attribute: string): readonly number[] {
  return [...svg.matchAll(new RegExp(`<${element} [^>]*?\\b${attribute}="([^"]*)"`, 'g'))].map(([, text]) =>
    Number(text),
  );
}

/** The texts in drawing order. */
const texts = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text ?? '');

describe('the picture of what was found', () => {
  it('has titles and labels that grow with the image', () => {
    const sizes = [640, 6400].map((side) => {
      const box = found(0.5, side / 4, side / 4, side / 2, side / 2);
      const { svg, top } = detectionOverlay(
        { height: side, width: side },
        [{ title: 'analog', detections: [box] }],
        classNames,
      );
      return [...numbers(svg, 'text', 'font-size'), top];
    });
    const [small = [], large = []] = sizes;
    for (const [index, size] of small.entries()) expect((large[index] ?? 0) / size).toBeCloseTo(10, 0);
  });

  it('enlarges an image that is too small for labels by a whole factor, and boxes with it', () => {
    const { svg, panel, size } = detectionOverlay(
      { height: 64, width: 48 },
      [{ detections: [found(0.5, 8, 16, 40, 60)] }],
      classNames,
    );
    expect(panel).toEqual({ height: 512, width: 384 });
    expect(size).toEqual(panel);
    expect(numbers(svg, 'rect', 'x')[0]).toBe(64);
    expect(numbers(svg, 'rect', 'width')[0]).toBe(256);
    expect(numbers(svg, 'text', 'font-size')[0]).toBeGreaterThanOrEqual(13);
  });

  it.each([
    { height: 640, width: 90 },
    { height: 30, width: 2000 },
    { height: 480, width: 640 },
    { height: 24, width: 24 },
  ])('keeps every label and title within its panel: $width × $height', ({ height, width }) => {
    const title = 'a detector with a long name, spiking, T = 1024';
    const detections = [
      found(0.9, width - 2, 0, width, 2),
      found(0.8, -5, -5, 3, 3),
      found(0.7, width / 2, height - 1, width + 9, height + 9),
    ];
    const { svg, panel, top } = detectionOverlay({ height, width }, [{ title, detections }], classNames);
    // Frames come first, then label backgrounds.
    const [x, y, w, h] = ['x', 'y', 'width', 'height'].map((name) => numbers(svg, 'rect', name).slice(3));
    for (const index of [0, 1, 2]) {
      expect(x?.[index]).toBeGreaterThanOrEqual(0);
      expect(y?.[index]).toBeGreaterThanOrEqual(0);
      expect((x?.[index] ?? 0) + (w?.[index] ?? 0)).toBeLessThanOrEqual(panel.width + 0.2);
      expect((y?.[index] ?? 0) + (h?.[index] ?? 0)).toBeLessThanOrEqual(panel.height + 0.2);
    }
    const [letters = 0] = numbers(svg, 'text', 'font-size');
    expect(title.length * letters * 0.6).toBeLessThanOrEqual(panel.width);
    expect(letters).toBeLessThan(top);
  });

  it('draws the surest boxes last, and labels over all frames', () => {
    const detections = [found(0.9, 10, 40, 90, 90), found(0.3, 12, 42, 90, 90, 1), found(0.6, 14, 44, 90, 90)];
    const { svg } = detectionOverlay({ height: 100, width: 100 }, [{ detections }], classNames);
    expect(texts(svg)).toEqual(['cup 0.30', 'potted plant 0.60', 'potted plant 0.90']);
    expect(svg.lastIndexOf('fill="none"')).toBeLessThan(svg.indexOf('<text'));
    expect(numbers(svg, 'rect', 'x').slice(0, 3)).toEqual([60, 70, 50]);
  });

  it('cuts boxes at the edge of their panel, and writes each title above its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rheobase-picture-'));
    try {
      const path = join(folder, 'cut.png');
      const [height, width] = [300, 500];
      const image = { data: new Uint8Array(height * width * 3), height, width, channels: 3 as const };
      const panels = [
        { title: 'analog', detections: [found(0.9, 400, -40, 640, 200)] },
        { title: 'spiking', detections: [] },
      ];
      await writeDetectionPicture(path, image, panels, classNames);
      const { top } = detectionOverlay(image, panels, classNames);
      const read = sharp(path).removeAlpha();
      const { data, info } = await read.raw().toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: 2 * width, height: height + top, channels: 3 });
      const lit = (left: number, from: number, to: number): number => {
        let count = 0;
        for (let y = from; y < to; y += 1) {
          for (let x = left; x < left + width; x += 1) count += (data[3 * (y * 2 * width + x)] ?? 0) > 100 ? 1 : 0;
        }
        return count;
      };
      expect(lit(0, top, top + height), 'the box is there').toBeGreaterThan(100);
      expect(lit(width, top, top + height), 'and not on the neighbour').toBe(0);
      expect(lit(0, 0, top)).toBeGreaterThan(0);
      expect(lit(width, 0, top)).toBeGreaterThan(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
