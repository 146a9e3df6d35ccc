import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * How an analog network runs. In training, batch norms use the batch's own statistics (or, where `batchNorms` says so, the
 * running ones, as in inference), and activations that are noisy in training draw from `random`.
 */
export type Mode =
  | { readonly kind: 'inference' }
  | { readonly kind: 'training'; readonly random: RandomGenerator; readonly batchNorms?: 'batch' | 'running' };

export const inference: Mode = { kind: 'inference' };
