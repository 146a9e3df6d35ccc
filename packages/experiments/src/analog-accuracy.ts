import type { BoundNetwork, ModelRegistries } from '@rheobase/execution';
import { bind, countCorrect, onTensor, usingResult } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { batchesOf, type Images } from './image-batches.js';

export interface Accuracy {
  /** 0…1 */
  readonly accuracy: number;
  readonly images: number;
  /** Over the whole loop, reading included. */
  readonly imagesPerSecond: number;
}

/** How far counting is, after each batch. */
export interface AccuracyProgress {
  /** Images classified so far. */
  readonly images: number;
  /** Of those, 0…1. */
  readonly accuracy: number;
}

/**
 * How many images a bound analog network classifies as labelled.
 *
 * @throws if there are no images; if an input or a value of a layer is not finite, naming the node.
 */
export async function analogAccuracy(
  bound: BoundNetwork,
  given: Images,
  onBatch?: (progress: AccuracyProgress) => void,
): Promise<Accuracy> {
  const start = performance.now();
  let [seen, correct] = [0, 0];
  for await (const batch of batchesOf(given, bound)) {
    correct += onTensor(batch, (input) =>
      usingResult(bound.run(input, { finite: true }), ({ outputs }) => {
        const [logits] = outputs.values();
        return logits === undefined ? 0 : countCorrect(logits.dataSync(), batch.labels);
      }),
    );
    seen += batch.labels.length;
    onBatch?.({ images: seen, accuracy: correct / seen });
  }
  if (seen === 0) throw new Error('There were no images to classify.');
  return { accuracy: correct / seen, images: seen, imagesPerSecond: (1000 * seen) / (performance.now() - start) };
}

/**
 * {@link analogAccuracy} of a network that is bound for it alone.
 *
 * @param registries models from outside; default: the built-in ones
 */
export async function networkAccuracy(
  network: Network,
  given: Images,
  onBatch?: (progress: AccuracyProgress) => void,
  registries: Partial<ModelRegistries> = {},
): Promise<Accuracy> {
  const bound = bind(network, registries);
  try {
    return await analogAccuracy(bound, given, onBatch);
  } finally {
    bound.dispose();
  }
}
