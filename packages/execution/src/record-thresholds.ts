import { NetworkError } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';
import type { BoundNetwork } from './bind.js';
import { leastSquaresThreshold } from './least-squares-threshold.js';
import { disposeResult } from './run.js';
import type { ValueHistogram } from './value-histogram.js';
import { valueHistogram } from './value-histogram.js';

/** A batch of inputs in plain memory, as `batches` of \@rheobase/datasets gives them. */
export interface InputBatch {
  /** NHWC, normalised. */
  readonly images: Float32Array;
  readonly shape: readonly number[];
}

/**
 * How a threshold is chosen from a site's values.
 *
 * - `percentile`: a high percentile, in percent, over all values of all images, zeros included (weight balancing; METHOD §1 has 99.5)
 * - `least-squares`: where quantizing to L levels changes the values least
 */
export type ThresholdRule =
  | { readonly kind: 'percentile'; readonly percentile: number }
  | { readonly kind: 'least-squares'; readonly levels: number };

export interface ThresholdOptions {
  /** Nodes whose values are recorded: activation sites, as a rule. */
  readonly nodes: readonly string[];
  readonly rule: ThresholdRule;
  /** Called after each batch with the number of images so far. */
  readonly onBatch?: (images: number) => void;
}

/**
 * Thresholds for the sites of a plain ReLU network, from their values over some images, in memory that does not depend on the
 * number of images. Values are told apart to 0.05 %.
 *
 * @returns by node name
 * @throws if there are no images, or a node gives nothing positive to take a threshold from.
 */
export async function recordThresholds(
  bound: BoundNetwork,
  batches: AsyncIterable<InputBatch> | Iterable<InputBatch>,
  { nodes, rule, onBatch }: ThresholdOptions,
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
  return new Map([...histograms].map(([name, histogram]) => [name, thresholdBy(rule, name, histogram, images)]));
}

function thresholdBy(rule: ThresholdRule, name: string, histogram: ValueHistogram, images: number): number {
  const { maximum } = histogram;
  const refuse = (message: string): NetworkError => new NetworkError([{ subject: name, message }]);
  if (rule.kind === 'least-squares') {
    if (maximum > 0) return leastSquaresThreshold(histogram, rule.levels);
    throw refuse(`none of its values over ${images} images is positive (largest: ${maximum}); take more images`);
  }
  const value = histogram.quantile(rule.percentile / 100);
  if (value > 0) return value;
  throw refuse(
    `the ${rule.percentile}th percentile of its values over ${images} images is ${value} (largest: ${maximum}), which is no threshold; take a higher percentile or more images`,
  );
}
