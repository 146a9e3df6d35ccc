import type { Tensor } from '@tensorflow/tfjs-core';
import { concat, mean, reshape } from '@tensorflow/tfjs-core';

/**
 * A value over all T time steps: the same at each, `[N, …shape]`, or one for each, time first and folded into the batch,
 * `[T·N, …shape]`. Folded, whatever is linear runs on all steps at once.
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

/** The mean over the time steps, `[N, …shape]`. */
export function meanOverTime({ kind, value }: OverTime, steps: number): Tensor {
  if (kind === 'constant' || steps === 1) return value;
  const [folded = 0, ...shape] = value.shape;
  return reshape(mean(reshape(value, [steps, -1]), 0), [folded / steps, ...shape]);
}
