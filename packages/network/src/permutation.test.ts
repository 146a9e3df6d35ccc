import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permutation } from './permutation.js';
import { randomStream } from './random-stream.js';

describe('permutation', () => {
  it('holds every number once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer(), (length, seed) => {
        const order = permutation(length, randomStream(seed));
        expect(order.toSorted()).toEqual(Int32Array.from({ length }, (_, k) => k));
      }),
      { seed: 21, numRuns: 50 },
    );
  });

  it('gives each of the six orders of three things about equally often', () => {
    const random = randomStream(3);
    const counts = new Map<string, number>();
    for (let run = 0; run < 6000; run += 1) {
      const order = permutation(3, random).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('refuses a length that is no non-negative integer', () => {
    expect(() => permutation(-1, randomStream(0))).toThrow('is -1');
    expect(() => permutation(1.5, randomStream(0))).toThrow('is 1.5');
  });
});
