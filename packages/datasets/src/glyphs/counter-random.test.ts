import { describe, expect, it } from 'vitest';
import { counterRandom, mix32 } from './counter-random.js';

describe('the counter-based generator', () => {
  it('draws the same numbers for the same key, for ever', () => {
    const random = counterRandom([1, 2, 3]);
    expect(Array.from({ length: 4 }, () => random.uint32())).toEqual([1403576594, 1055665426, 2674118810, 1328836606]);
  });

  it('draws unrelated numbers for neighbouring keys and for the same words in another order', () => {
    const firsts = [[0], [1], [0, 0], [0, 1], [1, 0], [1, 2, 3], [3, 2, 1]].map((key) => counterRandom(key).uint32());
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it('spreads its numbers evenly over [0, 1) and over the integers below a count', () => {
    const random = counterRandom([7]);
    const draws = Array.from({ length: 20_000 }, () => random.unit());
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
    expect(draws.reduce((sum, draw) => sum + draw, 0) / draws.length).toBeCloseTo(0.5, 1);
    const counts = new Uint32Array(10);
    for (let k = 0; k < 20_000; k++) {
      const drawn = random.below(10);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(250);
  });

  it('changes about half of the bits for each bit of a word', () => {
    let changed = 0;
    for (let bit = 0; bit < 32; bit++) {
      let difference = mix32(123_456_789) ^ mix32(123_456_789 ^ (1 << bit));
      while (difference !== 0) {
        changed += difference & 1;
        difference >>>= 1;
      }
    }
    expect(changed / 32).toBeGreaterThan(13);
    expect(changed / 32).toBeLessThan(19);
  });
});
