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
  const images = await recordValues(bound, batches, nodes, onBatch, (name, values) =>
    histograms.get(name)?.add(values),
  );
  return new Map([...histograms].map(([name, histogram]) => [name, thresholdBy(rule, name, histogram, images)]));
}

/**
 * Thresholds for every channel of the sites, likewise (channel-wise normalization: Kim et al., arXiv 1903.06530). Where channels of a layer differ much in
 * size, as in detectors, one θ for all of them leaves the small ones without spikes. Values are told apart to 6 %, interpolated.
 *
 * A channel of which the rule gives nothing positive, as it is active too seldom, gets its largest value; one that is never active the mean of the
 * others, for it does not matter.
 *
 * @returns by node name, `[C]`
 * @throws if there are no images, or no channel of a node is ever active.
 */
export async function recordChannelThresholds(
  bound: BoundNetwork,
  batches: AsyncIterable<InputBatch> | Iterable<InputBatch>,
  { nodes, rule, onBatch }: ThresholdOptions,
): Promise<ReadonlyMap<string, Float32Array>> {
  const histograms = new Map<string, readonly ValueHistogram[]>(
    nodes.map((name) => {
      const channels = bound.shapes.get(name)?.at(-1) ?? 1;
      return [name, Array.from({ length: channels }, () => valueHistogram(12))];
    }),
  );
  const images = await recordValues(bound, batches, nodes, onBatch, (name, values) => {
    const own = histograms.get(name) ?? [];
    const channels = own.length;
    const one = new Float32Array(values.length / channels);
    own.forEach((histogram, channel) => {
      for (let i = 0; i < one.length; i += 1) one[i] = values[i * channels + channel] ?? 0;
      histogram.add(one);
    });
  });
  return new Map([...histograms].map(([name, own]) => [name, channelThresholds(rule, name, own, images)]));
}

function channelThresholds(
  rule: ThresholdRule,
  name: string,
  histograms: readonly ValueHistogram[],
  images: number,
): Float32Array {
  const found = histograms.map((histogram) => {
    const { maximum } = histogram;
    if (!(maximum > 0)) return undefined;
    if (rule.kind === 'least-squares') return leastSquaresThreshold(histogram, rule.levels);
    return histogram.quantile(rule.percentile / 100) || maximum;
  });
  const active = found.filter((theta) => theta !== undefined);
  if (active.length === 0) {
    throw new NetworkError([
      { subject: name, message: `no channel of it is active on any of ${images} images; take more images` },
    ]);
  }
  const mean = active.reduce((sum, theta) => sum + theta, 0) / active.length;
  return Float32Array.from(found, (theta) => theta ?? mean);
}

/** Runs a network on images and hands out the values of nodes; returns how many images there were. */
async function recordValues(
  bound: BoundNetwork,
  batches: AsyncIterable<InputBatch> | Iterable<InputBatch>,
  nodes: readonly string[],
  onBatch: ((images: number) => void) | undefined,
  take: (node: string, values: Float32Array) => void,
): Promise<number> {
  let images = 0;
  for await (const batch of batches) {
    const input = tensor(batch.images, [...batch.shape]);
    const result = bound.run(input, { record: nodes });
    for (const [name, value] of result.recorded) take(name, value.dataSync<'float32'>());
    disposeResult(result);
    input.dispose();
    images += batch.shape[0] ?? 0;
    onBatch?.(images);
  }
  if (images === 0) throw new Error('No images were given to record activations on; at least one batch is needed.');
  return images;
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
