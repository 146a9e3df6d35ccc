import type { AttributeDefinition } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, mul, sub, tensor } from '@tensorflow/tfjs-core';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { roundHalfUp } from './round-half-up.js';

/** p of METHOD.md §3. */
export const noise = {
  initial: 0.1,
  minimum: 0,
  maximum: 1,
  summary: 'p, the probability that an element passes unquantized in training',
} as const satisfies AttributeDefinition;

/** A tensor of zeros, and of ones with the given probability, element by element. */
function bernoulli(shape: readonly number[], probability: number, random: RandomGenerator): Tensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const mask = new Float32Array(size);
  // next() is uniform over the 2³² integers from −2³¹ on; this many of them, from the lowest, mean 1.
  const bound = probability * 2 ** 32 - 2 ** 31;
  for (let index = 0; index < size; index += 1) mask[index] = random.next() < bound ? 1 : 0;
  return tensor(mask, [...shape]);
}

/** Rounds u, but for an element in p⁻¹, drawn at random, that passes as it is. */
export function roundWithNoise(u: Tensor, probability: number, random: RandomGenerator): Tensor {
  const rounded = roundHalfUp(u);
  return add(rounded, mul(bernoulli(u.shape, probability, random), sub(u, rounded)));
}
