import type { Tensor } from '@tensorflow/tfjs-core';
import { abs, clipByValue, div, mul, sign, step, sub } from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { sumToShape } from './sum-to-shape.js';

/** How an activation lays z on the grid of levels between 0 (or −θ) and θ. Bounds are in levels. */
export interface GridForm {
  /** L, the number of levels from 0 to θ. */
  readonly levels: number;
  /** The lowest level: 0, or −L. */
  readonly lowest: number;
  /** The highest level that lets gradients pass to z; levels above it do not, nor do those below the lowest. */
  readonly highestPassing: number;
  /** What becomes of u = z·L/θ; its derivative counts as 1, whatever it does. */
  quantize(u: Tensor): Tensor;
}

/**
 * y = |θ|·clip(q/L, lowest/L, 1) with q = quantize(u) and u = z·L/|θ|.
 *
 * Where q passes, ∂y/∂z = 1 and ∂y/∂|θ| = (q − u)/L; elsewhere ∂y/∂z = 0 and ∂y/∂|θ| = clip(q/L, lowest/L, 1). That
 * is what reaches θ through the quotient and through the product (METHOD.md §3).
 *
 * @param threshold θ ≠ 0, broadcasting to z; gradients are summed back to its shape
 */
export function onThresholdGrid(z: Tensor, threshold: Tensor, form: GridForm): Tensor {
  const { levels, lowest, highestPassing } = form;
  return customGradient(
    [z, threshold],
    () => {
      const width = div(abs(threshold), levels);
      const u = div(z, width);
      const q = form.quantize(u);
      return { value: mul(clipByValue(q, lowest, levels), width), saved: [u, q, threshold] };
    },
    (dy, [u, q, theta]) => {
      // A difference of floats is 0 only where they are equal: step() of its size marks what the clip has changed.
      const passing = sub(1, step(abs(sub(q, clipByValue(q, lowest, highestPassing)))));
      const byThreshold = sub(clipByValue(q, lowest, levels), mul(passing, u));
      const total = sumToShape(mul(dy, byThreshold), theta.shape);
      return [sumToShape(mul(dy, passing), z.shape), mul(total, div(sign(theta), levels))];
    },
  );
}
