import { type ImageBatch, NetworkError } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';
import type { BoundNetwork } from './bind.js';
import type { CorrectingSpikes } from './correcting-threshold.js';
import { correctingThreshold } from './correcting-threshold.js';
import { leastSquaresThreshold } from './least-squares-threshold.js';
import { usingResult } from './run.js';
import type { ValueHistogram } from './value-histogram.js';
import { valueHistogram } from './value-histogram.js';

/**
 * How a threshold is chosen from the magnitudes of a site's values. Magnitudes, because a leaky site has negative values too, and its neuron emits at
 * most one −θ per step.
 *
 * - `percentile`: a high percentile, in percent, over all values of all images, including zeros (weight balancing; 99.5 in METHOD §1)
 * - `least-squares`: the θ for which quantizing to L levels has the least squared error
 * - `correcting`: the θ for which what such neurons send has the least squared error ({@link correctingThreshold})
 */
export type ThresholdRule =
  | { readonly kind: 'percentile'; readonly percentile: number }
  | { readonly kind: 'least-squares'; readonly levels: number }
  | ({ readonly kind: 'correcting' } & CorrectingSpikes);

export interface ThresholdOptions {
  /** Nodes whose values are recorded, usually activation sites. */
  readonly nodes: readonly string[];
  readonly rule: ThresholdRule;
  /** Called after each batch with the number of images so far. */
  readonly onBatch?: (images: number) => void;
}

/**
 * Thresholds for the sites of a plain or leaky ReLU network, from the magnitudes of their values over some images, in memory that does not depend on
 * the number of images. Resolution: 0.05 %.
 *
 * @returns by node name; 0 if a node was never active, which conversion handles
 * @throws if there are no images, a node is active too rarely for the percentile, or a value is not finite.
 */
export async function recordThresholds(
  bound: BoundNetwork,
  batches: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  { nodes, rule, onBatch }: ThresholdOptions,
): Promise<ReadonlyMap<string, number>> {
  const histograms = new Map<string, ValueHistogram>(nodes.map((name) => [name, valueHistogram()]));
  const images = await recordValues(bound, batches, nodes, onBatch, (name, values) =>
    histograms.get(name)?.add(values),
  );
  return new Map([...histograms].map(([name, histogram]) => [name, thresholdBy(rule, name, histogram, images)]));
}

/**
 * The same for every channel of the sites (channel-wise normalization: Kim et al., arXiv 1903.06530). If channels of a layer differ much in
 * magnitude, as in detectors, one θ for all leaves the small ones without spikes. Resolution: 6 %, interpolated.
 *
 * A channel that is active too rarely for a positive threshold gets its largest magnitude.
 *
 * @returns by node name, `[C]`; 0 for a channel that was never active, which conversion handles
 * @throws if there are no images, or a value is not finite.
 */
export async function recordChannelThresholds(
  bound: BoundNetwork,
  batches: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  { nodes, rule, onBatch }: ThresholdOptions,
): Promise<ReadonlyMap<string, Float32Array>> {
  const histograms = new Map<string, readonly ValueHistogram[]>(
    nodes.map((name) => {
      const channels = bound.shapes.get(name)?.at(-1) ?? 1;
      return [name, Array.from({ length: channels }, () => valueHistogram(12))];
    }),
  );
  await recordValues(bound, batches, nodes, onBatch, (name, values) => {
    const own = histograms.get(name) ?? [];
    const channels = own.length;
    const one = new Float32Array(values.length / channels);
    own.forEach((histogram, channel) => {
      for (let i = 0; i < one.length; i += 1) one[i] = values[i * channels + channel] ?? 0;
      histogram.add(one);
    });
  });
  return new Map([...histograms].map(([name, own]) => [name, channelThresholds(rule, name, own)]));
}

function channelThresholds(rule: ThresholdRule, name: string, histograms: readonly ValueHistogram[]): Float32Array {
  return Float32Array.from(histograms, (histogram) => {
    const maximum = greatestOf(name, histogram);
    if (maximum === 0) return 0;
    if (rule.kind !== 'percentile') return bySquares(rule, histogram);
    return histogram.quantile(rule.percentile / 100) || maximum;
  });
}

function bySquares(rule: Exclude<ThresholdRule, { kind: 'percentile' }>, histogram: ValueHistogram): number {
  return rule.kind === 'correcting'
    ? correctingThreshold(histogram, rule)
    : leastSquaresThreshold(histogram, rule.levels);
}

/** Runs a network on images and passes on the values of nodes; returns the number of images. */
async function recordValues(
  bound: BoundNetwork,
  batches: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  nodes: readonly string[],
  onBatch: ((images: number) => void) | undefined,
  take: (node: string, values: Float32Array) => void,
): Promise<number> {
  let images = 0;
  for await (const batch of batches) {
    const input = tensor(batch.images, [...batch.shape]);
    try {
      usingResult(bound.run(input, { record: nodes }), ({ recorded }) => {
        for (const [name, value] of recorded) take(name, value.dataSync<'float32'>());
      });
    } finally {
      input.dispose();
    }
    images += batch.shape[0] ?? 0;
    onBatch?.(images);
  }
  if (images === 0) throw new Error('No images were given to record activations on; at least one batch is needed.');
  return images;
}

function thresholdBy(rule: ThresholdRule, name: string, histogram: ValueHistogram, images: number): number {
  const maximum = greatestOf(name, histogram);
  if (maximum === 0) return 0;
  if (rule.kind !== 'percentile') return bySquares(rule, histogram);
  const value = histogram.quantile(rule.percentile / 100);
  if (value > 0) return value;
  throw new NetworkError([
    {
      subject: name,
      message:
        `it is active too seldom: the ${rule.percentile}th percentile of the magnitudes of its values over ${images} images is 0 ` +
        `(greatest: ${maximum}), which is not a threshold; use a higher percentile or more images`,
    },
  ]);
}

/** The greatest magnitude of a node's values. */
function greatestOf(name: string, { maximum }: ValueHistogram): number {
  if (Number.isFinite(maximum)) return maximum;
  throw new NetworkError([
    {
      subject: name,
      message:
        'its values are not all finite numbers, so they give no threshold; check the weights and how the images are normalized',
    },
  ]);
}
