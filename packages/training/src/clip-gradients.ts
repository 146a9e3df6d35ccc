import type { Tensor } from '@tensorflow/tfjs-core';
import { mul } from '@tensorflow/tfjs-core';

/** The Euclidean norm of all gradients taken as one vector, summed in float64. */
export function globalNorm(gradients: ReadonlyMap<string, Tensor>): number {
  let sum = 0;
  for (const gradient of gradients.values()) {
    for (const value of gradient.dataSync<'float32'>()) sum += value * value;
  }
  return Math.sqrt(sum);
}

/**
 * Gradients shortened, all by the same factor, to a global norm of at most `limit`.
 *
 * @returns new tensors, or the same ones where nothing is to be shortened
 */
export function clipByGlobalNorm(gradients: ReadonlyMap<string, Tensor>, limit: number): ReadonlyMap<string, Tensor> {
  const norm = globalNorm(gradients);
  if (norm <= limit) return gradients;
  return new Map([...gradients].map(([name, gradient]) => [name, mul(gradient, limit / norm)]));
}
