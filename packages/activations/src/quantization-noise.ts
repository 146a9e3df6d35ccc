import type { AttributeDefinition } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, mul, sub, tensor, tidy } from '@tensorflow/tfjs-core';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { roundHalfUp } from './round-half-up.js';

/** p of METHOD.md §3. */
export const noise = {
  initial: 0.1,
  minimum: 0,
  maximum: 1,
  summary: 'p, the probability that an element passes unquantized in training',
} as const satisfies AttributeDefinition;

/** Which elements of one tensor pass unquantized: a pure function of these numbers and of an element's index. */
export interface NoiseMask {
  readonly probability: number;
  /** 32 bits. */
  readonly seed: number;
}

/** Draws a mask's seed. One number a tensor, so that the mask can be made inside a kernel, and made again for the gradient. */
export function drawMask(probability: number, random: RandomGenerator): NoiseMask {
  return { probability, seed: random.next() >>> 0 };
}

/** The random numbers, of 2³² equally probable ones, that mean "unquantized" are those up to this one; none if below 0. */
export function highestUnquantized({ probability }: NoiseMask): number {
  return Math.round(probability * 2 ** 32) - 1;
}

/** Wellons' integer hash lowbias32; streams with similar seeds must not start alike. */
function streamSeed(seed: number, stream: number): number {
  let x = (seed + Math.imul(stream, 0x9e3779b9)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  x = (x ^ (x >>> 16)) >>> 0;
  return x === 0 ? 1 : x;
}

/**
 * Ones where elements pass, else zeros. Element i has the number ⌊i/4⌋ of stream i mod 4, each stream a xorshift32
 * (Marsaglia, "Xorshift RNGs", 2003): four streams, so that a kernel draws four numbers at once.
 */
function maskTensor(shape: readonly number[], mask: NoiseMask): Tensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const highest = highestUnquantized(mask);
  const values = new Float32Array(size);
  for (let stream = 0; stream < 4; stream++) {
    let state = streamSeed(mask.seed, stream);
    for (let index = stream; index < size; index += 4) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      values[index] = state >>> 0 <= highest ? 1 : 0;
    }
  }
  return tensor(values, [...shape]);
}

/** Rounds u, except for the elements of the mask, which pass unchanged. */
export function roundWithNoise(u: Tensor, mask: NoiseMask): Tensor {
  return tidy(() => {
    const passes = maskTensor(u.shape, mask);
    return add(mul(passes, u), mul(sub(1, passes), roundHalfUp(u)));
  });
}
