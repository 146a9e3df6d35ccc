import { unknownName } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mul } from '@tensorflow/tfjs-core';
import type { Trainables } from './trainables.js';

/** Gradients, by parameter, times the factors of those that have one; to be called in a tidy. */
export function scaledGradients(
  gradients: ReadonlyMap<string, Tensor>,
  scales: ReadonlyMap<string, number>,
): ReadonlyMap<string, Tensor> {
  return new Map(
    [...gradients].map(([name, gradient]) => {
      const scale = scales.get(name) ?? 1;
      return [name, scale === 1 ? gradient : mul(gradient, scale)];
    }),
  );
}

/**
 * @throws if a factor is of a parameter that is not trained.
 */
export function assertTrained(scales: ReadonlyMap<string, number> = new Map(), trainables: Trainables): void {
  for (const name of scales.keys()) {
    if (!trainables.has(name)) {
      throw new Error(
        `The option 'gradientScales' of fit names '${name}'. ${unknownName('trained parameter', name, [...trainables.keys()])}`,
      );
    }
  }
}
