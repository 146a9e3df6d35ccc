import { NetworkError } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';
import type { BoundNetwork } from './bind.js';
import { disposeResult } from './run.js';
import type { ValueHistogram } from './value-histogram.js';
import { valueHistogram } from './value-histogram.js';

/** A batch of inputs in plain memory, as `batches` of \@rheobase/datasets gives them. */
export interface InputBatch {
  /** NHWC, normalised. */
  readonly images: Float32Array;
  readonly shape: readonly number[];
}

export interface PercentileOptions {
  /** Nodes whose values are recorded: activation sites, as a rule. */
  readonly nodes: readonly string[];
  /** In percent, over all values of all images, zeros included; METHOD §1 has 99.5. */
  readonly percentile: number;
  /** Called after each batch with the number of images so far. */
  readonly onBatch?: (images: number) => void;
}

/**
 * A high percentile of each node's values over some images: the thresholds of a plain ReLU network (weight balancing).
 * Accurate to 0.05 %, in memory that does not depend on the number of images.
 *
 * @returns by node name
 * @throws if there are no images, or a node's percentile is 0 — nothing positive to take a threshold from.
 */
export async function recordPercentiles(
  bound: BoundNetwork,
  batches: AsyncIterable<InputBatch> | Iterable<InputBatch>,
  { nodes, percentile, onBatch }: PercentileOptions,
): Promise<ReadonlyMap<string, number>> {
  const histograms = new Map<string, ValueHistogram>(nodes.map((name) => [name, valueHistogram()]));
  let images = 0;
  for await (const batch of batches) {
    const input = tensor(batch.images, [...batch.shape]);
    const result = bound.run(input, { record: nodes });
    for (const [name, value] of result.recorded) histograms.get(name)?.add(value.dataSync<'float32'>());
    disposeResult(result);
    input.dispose();
    images += batch.shape[0] ?? 0;
    onBatch?.(images);
  }
  if (images === 0) throw new Error('No images were given to record activations on; at least one batch is needed.');
  return new Map(
    [...histograms].map(([name, histogram]) => {
      const value = histogram.quantile(percentile / 100);
      if (!(value > 0)) {
        throw new NetworkError([
          {
            subject: name,
            message: `the ${percentile}th percentile of its values over ${images} images is ${value} (largest: ${histogram.maximum}), which is no threshold; take a higher percentile or more images`,
          },
        ]);
      }
      return [name, value];
    }),
  );
}
