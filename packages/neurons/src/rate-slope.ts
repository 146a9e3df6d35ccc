import type { Tensor } from '@tensorflow/tfjs-core';
import { greaterEqual, less, logicalAnd, cast } from '@tensorflow/tfjs-core';

/** 1 where low ≤ charge < high, 0 elsewhere; the bounds are in units of θ. */
export function within(charge: Tensor, low: number, high: number): Tensor {
  return cast(logicalAnd(greaterEqual(charge, low), less(charge, high)), 'float32');
}
