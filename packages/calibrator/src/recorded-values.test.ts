import { describe, expect, it } from 'vitest';
import { recordedValues } from './recorded-values.js';

/** Spikes of θ = 2, [T, n, 3], of images that begin with a given one. */
const spikes = (steps: number, first: number, count: number): Float32Array =>
  Float32Array.from({ length: steps * count * 3 }, (_, at) => {
    const [t, image, i] = [Math.floor(at / (count * 3)), first + (Math.floor(at / 3) % count), at % 3];
    return (t + image + i) % 3 === 0 ? 2 : 0;
  });

describe('recorded values', () => {
  it('are read in any order, time first, whatever the batches in which they were added', () => {
    const values = recordedValues([3], 4, { unit: 2 });
    values.add(spikes(4, 0, 5));
    values.add(spikes(4, 5, 2));
    const chosen = [6, 0, 3, 6];
    const read = values.read(chosen);
    for (let t = 0; t < 4; t++) {
      for (const [k, image] of chosen.entries()) {
        for (let i = 0; i < 3; i++) expect(read[(t * 4 + k) * 3 + i]).toBe((t + image + i) % 3 === 0 ? 2 : 0);
      }
    }
  });

  it('count their bytes: one a row of eight neurons or fewer that spike or do not', () => {
    const values = recordedValues([3], 4, { unit: 2 });
    expect(values.bytes).toBe(0);
    values.add(spikes(4, 0, 5));
    expect(values.bytes).toBe(20);
  });

  it('are read as new memory each time', () => {
    const values = recordedValues([3], 1, { unit: 2 });
    values.add(Float32Array.of(2, 0, 2));
    values.read([0]).fill(9);
    expect([...values.read([0])]).toEqual([2, 0, 2]);
  });

  it('refuse an image that there is not', () => {
    const values = recordedValues([3], 1, { unit: 2 });
    values.add(Float32Array.of(2, 0, 2));
    expect(() => values.read([1])).toThrow('no image 1 among 1');
  });
});
