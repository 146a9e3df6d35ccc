import type { BoundNetwork } from '@rheobase/execution';
import { countCorrect, disposeResult } from '@rheobase/execution';
import { tensor } from '@tensorflow/tfjs-core';
import { onlyLogits } from './only-logits.js';
import type { LabelledBatch } from './training-source.js';

/**
 * Scores a network by the share of held-out images that it classifies as labelled, for the option `validate` of `fit`.
 *
 * @param batches gives the held-out images, the same ones at every call
 */
export function heldOutAccuracy(batches: () => AsyncIterable<LabelledBatch>): (bound: BoundNetwork) => Promise<number> {
  return async (bound) => {
    let [seen, correct] = [0, 0];
    for await (const { images, shape, labels } of batches()) {
      const input = tensor(images, [...shape]);
      const result = bound.run(input);
      try {
        correct += countCorrect(onlyLogits(result.outputs).dataSync(), labels);
      } finally {
        disposeResult(result);
        input.dispose();
      }
      seen += labels.length;
    }
    if (seen === 0) throw new Error('There are no held-out images to score the network on.');
    return correct / seen;
  };
}
