import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { cast, mul, oneHot, sub, tidy } from '@tensorflow/tfjs-core';
import type { Loss } from './loss.js';
import { softCrossEntropy } from './soft-cross-entropy.js';

export interface CrossEntropyOptions {
  /** ε: 1 − ε + ε/K of the target goes to the label, ε/K to every other class; default: 0. */
  readonly smoothing?: number;
}

/**
 * Softmax cross-entropy with the labels, −Σ_k q_k·log softmax(z)_k, averaged over the batch.
 *
 * @throws if smoothing is not in [0, 1).
 */
export function crossEntropy({ smoothing = 0 }: CrossEntropyOptions = {}): Loss {
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new Error(`Label smoothing must be a number from 0 to below 1, not ${smoothing}.`);
  }
  return {
    description: { kind: 'cross-entropy', smoothing },
    evaluate: (logits, { labels }) =>
      tidy(() => {
        const [, classes] = logits.shape;
        // oneHot's own float32 form writes integer bits on the wasm backend.
        const hard = cast(oneHot(labels, classes), 'float32') as Tensor2D;
        return softCrossEntropy(logits, smooth(hard, smoothing, classes));
      }),
  };
}

function smooth(target: Tensor2D, smoothing: number, classes: number): Tensor2D {
  return smoothing === 0 ? target : sub(mul<Tensor>(target, 1 - smoothing), -smoothing / classes);
}
