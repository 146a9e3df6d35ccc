import type { Float32Parameter, ParameterRole, Shape } from '@rheobase/network';
import { float32Parameter, sizeOf } from '@rheobase/network';
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** A number from `least` (inclusive) to `most`. */
export function randomBetween(random: RandomGenerator, least: number, most: number): number {
  return least + (most - least) * uniformFloat32(random);
}

/** True with the given probability. */
export function randomChance(random: RandomGenerator, probability: number): boolean {
  return uniformFloat32(random) < probability;
}

/**
 * One of several values.
 *
 * @throws if there is none.
 */
export function randomChoice<Value>(random: RandomGenerator, values: readonly Value[]): Value {
  if (values.length === 0) throw new Error('There is nothing to choose from.');
  const index = uniformInt(random, 0, values.length - 1);
  for (const value of values.slice(index)) return value;
  throw new Error(`There is no value ${index}.`);
}

/** An array of the given shape with every element from `least` to `most`: an image, or a batch of them. */
export function randomArray(random: RandomGenerator, shape: Shape, least = 0, most = 1): Float32Array {
  return new Float32Array(sizeOf(shape)).map(() => randomBetween(random, least, most));
}

/** A float32 parameter with every element from `least` to `most`. */
export function randomParameter(
  random: RandomGenerator,
  role: ParameterRole,
  shape: Shape,
  least: number,
  most: number,
): Float32Parameter {
  return float32Parameter(role, shape, randomArray(random, shape, least, most));
}
