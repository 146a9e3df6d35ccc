import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { broadcast, spread } from './broadcast.js';
import type { Shape } from './shape.js';
import { sizeOf } from './shape.js';

/** Every way in which an array can apply to a value: leading axes left out, any other either 1 or the value's. */
function patternsOf(to: Shape): readonly Shape[] {
  const kept = to.map((_, axis) => to.slice(axis)).concat([[]]);
  return kept.flatMap((axes) =>
    axes.reduce<readonly Shape[]>(
      (shapes, length) => shapes.flatMap((shape) => [...new Set([1, length])].map((own) => [...shape, own])),
      [[]],
    ),
  );
}

/** The element of an array that applies to the element of a value at these coordinates. */
function elementAt(shape: Shape, data: readonly number[], place: readonly number[]): number {
  const own = place.slice(place.length - shape.length).map((at, axis) => (shape[axis] === 1 ? 0 : at));
  return data[own.reduce((index, at, axis) => index * (shape[axis] ?? 1) + at, 0)] ?? Number.NaN;
}

/** All coordinates of a value, last axis fastest. */
function placesOf(to: Shape): readonly (readonly number[])[] {
  return to.reduce<readonly (readonly number[])[]>(
    (places, length) => places.flatMap((place) => Array.from({ length }, (_, at) => [...place, at])),
    [[]],
  );
}

const values = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
const numbered = (shape: Shape): readonly number[] => Array.from({ length: sizeOf(shape) }, (_, i) => i + 1);

describe('broadcast', () => {
  it('repeats exactly the axes of length 1 and those left out, for every pattern of axes', () => {
    fc.assert(
      fc.property(values, (to) => {
        for (const shape of patternsOf(to)) {
          const data = numbered(shape);
          const expected = placesOf(to).map((place) => elementAt(shape, data, place));
          expect([...broadcast({ shape, data }, to)]).toEqual(expected);
        }
      }),
      { seed: 9, numRuns: 60 },
    );
  });

  it('gives each row its own number where only the rows differ', () => {
    expect([...broadcast({ shape: [2, 1, 1], data: [1, 2] }, [2, 1, 2])]).toEqual([1, 1, 2, 2]);
  });

  it('refuses an array that does not apply to the value, and names both shapes', () => {
    expect(() => broadcast({ shape: [3], data: [1, 2, 3] }, [2, 1, 2])).toThrow(
      'An array [3] does not apply to a value [2, 1, 2].',
    );
    expect(() => broadcast({ shape: [1, 2], data: [1, 2] }, [2])).toThrow(/does not apply/);
  });
});

describe('spread', () => {
  it('gives one number per channel exactly where no position differs from another', () => {
    fc.assert(
      fc.property(values, fc.boolean(), (to, alike) => {
        const channels = to.at(-1) ?? 1;
        for (const shape of patternsOf(to)) {
          const data = alike ? numbered(shape).map(() => 7) : numbered(shape);
          const elements = broadcast({ shape, data }, to);
          const first = elements.slice(0, channels);
          const same = elements.every((value, i) => value === first[i % channels]);
          expect(spread({ shape, data }, to)).toEqual({
            per: same ? 'channel' : 'element',
            data: same ? first : elements,
          });
        }
      }),
      { seed: 10, numRuns: 60 },
    );
  });

  it('refuses an array that does not apply to the value', () => {
    expect(() => spread({ shape: [1, 1, 1, 2], data: [1, 2] }, [2, 1, 2])).toThrow(/does not apply/);
    expect(() => spread({ shape: [2], data: [1, 2] }, [2, 1, 3])).toThrow(/does not apply/);
  });
});
