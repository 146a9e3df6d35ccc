import { globalNorm } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mul } from '@tensorflow/tfjs-core';

/**
 * Gradients shortened, all by the same factor, to a global norm of at most `limit`.
 *
 * @returns new tensors, or the same ones where nothing is to be shortened
 */
export function clipByGlobalNorm(gradients: ReadonlyMap<string, Tensor>, limit: number): ReadonlyMap<string, Tensor> {
  const norm = globalNorm(gradients.values());
  if (norm <= limit) return gradients;
  return new Map([...gradients].map(([name, gradient]) => [name, mul(gradient, limit / norm)]));
}
