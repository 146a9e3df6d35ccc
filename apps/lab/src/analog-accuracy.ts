import type { BoundNetwork } from '@rheobase/execution';
import { countCorrect, disposeResult } from '@rheobase/execution';
import { batchesOf, type Images, onTensor } from './image-batches.js';

export interface Accuracy {
  /** 0…1 */
  readonly accuracy: number;
  readonly images: number;
  /** Over the whole loop, reading included. */
  readonly imagesPerSecond: number;
}

/** How many images an analog network classifies as labelled. */
export async function analogAccuracy(
  bound: BoundNetwork,
  given: Images,
  onBatch: (images: number, note: string) => void,
): Promise<Accuracy> {
  const start = performance.now();
  let [seen, correct] = [0, 0];
  for await (const batch of batchesOf(given)) {
    correct += onTensor(batch, (input) => {
      const result = bound.run(input);
      const [logits] = result.outputs.values();
      const right = logits === undefined ? 0 : countCorrect(logits.dataSync(), batch.labels);
      disposeResult(result);
      return right;
    });
    seen += batch.labels.length;
    onBatch(seen, `${((100 * correct) / seen).toFixed(1)} %`);
  }
  if (seen === 0) throw new Error('There were no images to classify.');
  return { accuracy: correct / seen, images: seen, imagesPerSecond: (1000 * seen) / (performance.now() - start) };
}
