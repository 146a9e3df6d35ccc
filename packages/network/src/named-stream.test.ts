import { describe, expect, it } from 'vitest';
import { namedStream } from './random-stream.js';

const first = (seed: number, name: string) => {
  const random = namedStream(seed, name);
  return [random.next(), random.next(), random.next(), random.next()];
};

describe('namedStream', () => {
  it('gives the same numbers for the same seed and name', () => {
    expect(first(7, 'conv1.weight')).toEqual(first(7, 'conv1.weight'));
  });

  it('gives unrelated numbers for another seed, also a neighbouring, a negative or a very large one', () => {
    const streams = [0, 1, 2, -1, 2 ** 32, 2 ** 53 - 1].map((seed) => first(seed, 'conv1.weight'));
    expect(new Set(streams.flat()).size).toBe(streams.flat().length);
  });

  it('gives unrelated numbers for another name', () => {
    expect(first(0, 'layer1.0.conv1.weight')).not.toEqual(first(0, 'layer1.0.conv2.weight'));
    expect(first(0, 'ab')).not.toEqual(first(0, 'ba'));
  });

  it('refuses a seed that is no safe integer', () => {
    expect(() => namedStream(0.5, 'conv1.weight')).toThrow('A seed must be a safe integer, not 0.5.');
  });
});
