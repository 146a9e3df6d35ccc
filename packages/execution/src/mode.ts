import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * How an analog network runs. In training, batch norms use batch statistics (or, depending on `batchNorms`, the running ones, as in inference), and
 * activations with training noise draw from `random`.
 */
export type Mode =
  | { readonly kind: 'inference' }
  | { readonly kind: 'training'; readonly random: RandomGenerator; readonly batchNorms?: 'batch' | 'running' };

export const inference: Mode = { kind: 'inference' };
