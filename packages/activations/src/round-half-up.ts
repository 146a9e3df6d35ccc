import type { Tensor } from '@tensorflow/tfjs-core';
import { add, floor } from '@tensorflow/tfjs-core';

/** ⌊u + ½⌋. tfjs' own `round` sends halves to the even neighbour, which is not what an integrate-and-fire neuron does. */
export function roundHalfUp(u: Tensor): Tensor {
  return floor(add(u, 0.5));
}
