import type { Tensor } from '@tensorflow/tfjs-core';
import { abs, clipByValue, div, mul, sign, step, sub } from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import type { NoiseMask } from './quantization-noise.js';
import { highestUnquantized, roundWithNoise } from './quantization-noise.js';
import { only, registeredKernel } from './registered-kernel.js';
import { roundHalfUp } from './round-half-up.js';
import { sumToShape } from './sum-to-shape.js';

/** What becomes of u = z·L/θ; its derivative counts as 1, whatever it does. */
export type Quantization =
  | { readonly kind: 'none' }
  | { readonly kind: 'half-up' }
  | { readonly kind: 'half-up-with-noise'; readonly mask: NoiseMask }
  | { readonly kind: 'other'; readonly quantize: (u: Tensor) => Tensor };

/** How an activation maps z to the grid of levels between 0 (or −θ) and θ. Bounds are in levels. */
export interface GridForm {
  /** L, the number of levels from 0 to θ. */
  readonly levels: number;
  /** The lowest level: 0, or −L. */
  readonly lowest: number;
  /** The highest level that lets gradients pass to z; levels above it do not, nor do those below the lowest. */
  readonly highestPassing: number;
  readonly quantization: Quantization;
}

/**
 * y = |θ|·clip(q/L, lowest/L, 1) with q = u quantized and u = z·L/|θ|.
 *
 * Where q passes, ∂y/∂z = 1 and ∂y/∂|θ| = (q − u)/L; elsewhere ∂y/∂z = 0 and ∂y/∂|θ| = clip(q/L, lowest/L, 1). That
 * is what reaches θ through the quotient and through the product (METHOD.md §3).
 *
 * A scalar θ, and one a channel, are done by the kernels `RheobaseThresholdGrid` and `RheobaseThresholdGridGrad` where they are registered:
 * they keep only z between the passes, and generate the noise mask again from its seed.
 *
 * @param threshold θ ≠ 0, broadcasting to z; gradients are summed back to its shape
 */
export function onThresholdGrid(z: Tensor, threshold: Tensor, form: GridForm): Tensor {
  const attributes = kernelAttributes(form);
  if (attributes !== undefined && isSharedOrByChannel(threshold, z) && z.size > 0) {
    const fused = fusedGrid(z, threshold, attributes);
    if (fused !== undefined) return fused;
  }
  return composedGrid(z, threshold, form);
}

function isSharedOrByChannel({ size, rank, shape }: Tensor, z: Tensor): boolean {
  return z.rank >= rank && (size === 1 || (shape.at(-1) === size && z.shape.at(-1) === size));
}

type KernelAttributes = Readonly<
  Record<'levels' | 'lowest' | 'highestPassing' | 'rounding' | 'seed' | 'bound', number>
>;

/** The form as the kernels take it: rounding 0 is none, 1 is half-up, 2 is half-up with noise. */
function kernelAttributes({ levels, lowest, highestPassing, quantization }: GridForm): KernelAttributes | undefined {
  const common = { levels, lowest, highestPassing, seed: 0, bound: 0 };
  switch (quantization.kind) {
    case 'none':
      return { ...common, rounding: 0 };
    case 'half-up':
      return { ...common, rounding: 1 };
    case 'half-up-with-noise': {
      const bound = highestUnquantized(quantization.mask);
      return bound < 0 ? { ...common, rounding: 1 } : { ...common, rounding: 2, seed: quantization.mask.seed, bound };
    }
    case 'other':
      return undefined;
  }
}

function fusedGrid(z: Tensor, threshold: Tensor, attributes: KernelAttributes): Tensor | undefined {
  const forward = registeredKernel('RheobaseThresholdGrid');
  const backward = registeredKernel('RheobaseThresholdGridGrad');
  if (forward === undefined || backward === undefined) return undefined;
  return customGradient(
    [z, threshold],
    () => ({ value: only(forward({ z, threshold }, attributes)), saved: [z, threshold] }),
    (dy, [input, theta]) => [...backward({ z: input, threshold: theta, dy }, attributes)],
  );
}

function quantized(u: Tensor, quantization: Quantization): Tensor {
  switch (quantization.kind) {
    case 'none':
      return u;
    case 'half-up':
      return roundHalfUp(u);
    case 'half-up-with-noise':
      return roundWithNoise(u, quantization.mask);
    case 'other':
      return quantization.quantize(u);
  }
}

function composedGrid(z: Tensor, threshold: Tensor, form: GridForm): Tensor {
  const { levels, lowest, highestPassing } = form;
  return customGradient(
    [z, threshold],
    () => {
      const width = div(abs(threshold), levels);
      const u = div(z, width);
      const q = quantized(u, form.quantization);
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
