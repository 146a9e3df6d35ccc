import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPnm } from './pnm.js';

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part)] : part)));
const decoded = (file: Uint8Array): readonly number[] => [...readPnm(file).decode(file)];
const grey = (levels: readonly number[]): readonly number[] => levels.flatMap((level) => [level, level, level]);

const images = fc
  .record({
    width: fc.integer({ min: 1, max: 11 }),
    height: fc.integer({ min: 1, max: 4 }),
    most: fc.constantFrom(1, 7, 51, 255),
  })
  .chain(({ width, height, most }) =>
    fc
      .array(fc.nat(most), { minLength: width * height * 3, maxLength: width * height * 3 })
      .map((values) => ({ width, height, most, values })),
  );

describe('a PBM, PGM or PPM file', () => {
  it('gives its values in proportion to the greatest, in text and in bytes alike', () => {
    fc.assert(
      fc.property(images, ({ width, height, most, values }) => {
        const levels = values.map((value) => Math.round((value * 255) / most));
        const header = `${width} ${height}\n# made up\n${most}\n`;
        expect(decoded(bytes(`P3\n${header}${values.join('\n')}\n`))).toEqual(levels);
        expect(decoded(bytes(`P6 ${header}`, values))).toEqual(levels);
        const first = values.slice(0, width * height);
        const expected = grey(levels.slice(0, width * height));
        expect(decoded(bytes(`P2 ${header}`, first.join(' ')))).toEqual(expected);
        expect(decoded(bytes(`P5\t${header}`, first))).toEqual(expected);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('of two colours has black ones', () => {
    expect(decoded(bytes('P1\n# in text\n5 2\n10 110 1 1 1 00'))).toEqual(grey([0, 255, 0, 0, 255, 0, 0, 0, 255, 255]));
    expect(decoded(bytes('P4 5 2\n', [0b10100_111, 0b10001_000]))).toEqual(
      grey([0, 255, 0, 255, 255, 0, 255, 255, 255, 0]),
    );
  });

  it('of 16 bits gives colours in proportion, and grey cut at 255, as Pillow does', () => {
    expect(decoded(bytes('P6 1 1 65535\n', [0xff, 0xff, 0x80, 0, 0, 0]))).toEqual([255, 128, 0]);
    expect(decoded(bytes('P5 4 1 65535\n', [0, 9, 0, 255, 1, 0, 255, 255]))).toEqual(grey([9, 255, 255, 255]));
    expect(decoded(bytes('P2 3 1 1000\n0 1 999'))).toEqual(grey([0, 66, 255]));
  });

  it('rounds halves to even, as Python does', () => {
    expect(decoded(bytes('P5 3 1 34\n', [1, 3, 5]))).toEqual(grey([8, 22, 38]));
  });

  it('is refused, in words, where it is cut off or damaged', () => {
    expect(() => readPnm(bytes('P6 1'))).toThrow('it ends after 4 bytes');
    expect(() => readPnm(bytes('P6 1 x'))).toThrow('byte 5 should be a digit');
    expect(() => readPnm(bytes('P6 0 4 255\n'))).toThrow('0×4 pixels');
    expect(() => readPnm(bytes('P6 9999999999 9999999999 0\n'))).toThrow('greatest value is 0');
    expect(() => decoded(bytes('P6 2 2 255\n', [1, 2, 3]))).toThrow('it ends after 14 of 23 bytes');
    expect(() => decoded(bytes('P2 2 1 10\n4 11'))).toThrow('its value 11 is greater than 10');
    expect(() => decoded(bytes('P2 2 1 10\n4'))).toThrow('it ends after 11 bytes');
  });
});
