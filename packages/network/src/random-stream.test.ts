import { describe, expect, it } from 'vitest';
import { randomStream } from './random-stream.js';

const draw = (...coordinates: number[]) => {
  const random = randomStream(...coordinates);
  return Array.from({ length: 4 }, () => random.next());
};

describe('randomStream', () => {
  it('gives the same numbers for the same coordinates', () => {
    expect(draw(1, 2, 3)).toEqual(draw(1, 2, 3));
  });

  it('is frozen: these are the numbers of (1, 2, 3)', () => {
    expect(draw(1, 2, 3)).toMatchInlineSnapshot(`
      [
        -1260212415,
        -1805774066,
        548966589,
        818969273,
      ]
    `);
  });

  it('gives other numbers for other coordinates, their order and number included', () => {
    const streams = [[], [0], [0, 0], [1], [1, 2], [2, 1], [-1], [2 ** 32], [2 ** 32 + 1], [Number.MAX_SAFE_INTEGER]];
    expect(new Set(streams.map((coordinates) => draw(...coordinates).join())).size).toBe(streams.length);
  });

  it('spreads neighbouring seeds evenly', () => {
    const count = 4000;
    let above = 0;
    for (let seed = 0; seed < count; seed += 1) if (randomStream(seed, 0).next() > 0) above += 1;
    expect(Math.abs(above - count / 2)).toBeLessThan(4 * Math.sqrt(count / 4));
  });

  it('refuses what is no safe integer', () => {
    for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => randomStream(1, bad)).toThrow(`${bad} is not one`);
    }
  });
});
