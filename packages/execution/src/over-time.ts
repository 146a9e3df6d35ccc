import { customGradient } from '@rheobase/activations';
import { columnSums } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { concat, mul, reshape } from '@tensorflow/tfjs-core';

/**
 * A value over all T time steps: constant, `[N, …shape]`, or one per step, with time first and folded into the batch, `[T·N, …shape]`. Folded, linear
 * operations run on all steps at once.
 */
export type OverTime =
  | { readonly kind: 'constant'; readonly value: Tensor }
  | { readonly kind: 'changing'; readonly value: Tensor };

/** The value with time folded into the batch, `[T·N, …shape]`. */
export function foldedOverTime({ kind, value }: OverTime, steps: number): Tensor {
  if (kind === 'changing' || steps === 1) return value;
  return concat(
    Array.from({ length: steps }, () => value),
    0,
  );
}

/**
 * The mean over the time steps, `[N, …shape]`. Steps are summed row by row and the gradient is copied to each: a sum over the first axis and its
 * gradient are many times slower on the wasm backend.
 */
export function meanOverTime({ kind, value }: OverTime, steps: number): Tensor {
  if (kind === 'constant' || steps === 1) return value;
  const [folded = 0, ...shape] = value.shape;
  return customGradient(
    [value],
    () => {
      const sums = columnSums(reshape(value, [steps, value.size / steps]));
      return { value: reshape(mul(sums, 1 / steps), [folded / steps, ...shape]), saved: [] };
    },
    (dy) => [foldedOverTime({ kind: 'constant', value: mul(dy, 1 / steps) }, steps)],
  );
}
