import type { BoundNetwork } from '@rheobase/execution';
import { countCorrect } from '@rheobase/execution';
import type { LabelledBatch } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';
import { analogForward } from './analog-forward.js';
import type { Forward } from './forward.js';

/**
 * Scores a network by the fraction of held-out images that it classifies correctly, for the option `validate` of `fit`.
 *
 * @param batches gives the held-out images, the same ones at every call
 * @param forward how logits are computed; give it what `fit` was given
 */
export function heldOutAccuracy(
  batches: () => AsyncIterable<LabelledBatch>,
  forward: Forward = analogForward(),
): (bound: BoundNetwork) => Promise<number> {
  return async (bound) => {
    let [seen, correct] = [0, 0];
    for await (const { images, shape, labels } of batches()) {
      const input = tensor(images, [...shape]);
      try {
        const logits = forward.infer(bound, input);
        const values = logits.dataSync();
        logits.dispose();
        correct += countCorrect(values, labels);
      } finally {
        input.dispose();
      }
      seen += labels.length;
    }
    if (seen === 0) throw new Error('There are no held-out images to score the network on.');
    return correct / seen;
  };
}
