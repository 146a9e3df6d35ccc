import type { Tensor } from '@tensorflow/tfjs-core';
import { mul, step, sub } from '@tensorflow/tfjs-core';
import { only, registeredKernel } from './registered-kernel.js';

/**
 * ∂loss/∂z of y = clip(z, low, high): dy where y is strictly between the bounds, else 0. Told from y, which the next layer
 * keeps anyway.
 */
export function clipGradient(
  dy: Tensor,
  y: Tensor,
  { low, high }: { readonly low: number; readonly high: number },
): Tensor {
  const kernel = registeredKernel('RheobaseClipGrad');
  if (kernel !== undefined) return only(kernel({ y, dy }, { low, high }));
  const above = step(sub(y, low));
  return mul(dy, Number.isFinite(high) ? mul(above, step(sub(high, y))) : above);
}
