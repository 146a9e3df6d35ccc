import { type FiringSummary, firingStatistics } from '@rheobase/analysis';
import type { Detector, JudgedImage } from '@rheobase/detection';
import type { BoundNetwork } from '@rheobase/execution';
import type { SimulationResult } from '@rheobase/network';
import type { SpikingEngine } from '../spiking-engine.js';
import { analogMaps, type DetectionOptions, judged } from './analog-detections.js';
import { type BoxImages, boxBatchesOf } from './box-images.js';

export interface SpikingDetectionOptions extends DetectionOptions {
  /** T. */
  readonly steps: number;
  /** The t ≤ T at which boxes are read; default: only T. */
  readonly readAt?: readonly number[];
  /** The source network; if given, the distance of the maps from its own is measured. */
  readonly reference?: BoundNetwork;
}

/** What a spiking detector did over T steps on some images. */
export interface SpikingDetections {
  readonly steps: number;
  readonly images: number;
  /** By t. */
  readonly judgedAt: ReadonlyMap<number, readonly JudgedImage[]>;
  /** By t: ‖spiking − source‖/‖source‖ over the values of all maps. Empty without a reference. */
  readonly distanceAt: ReadonlyMap<number, number>;
  readonly firing: FiringSummary;
}

/**
 * Simulates images; one run gives the boxes after every t ≤ T, read from the mean of the maps so far: the last layer has no neuron (METHOD §4).
 *
 * @throws if there are no images, or a t is not in 1…T.
 */
export async function spikingDetections(
  engine: SpikingEngine,
  detector: Detector,
  given: BoxImages,
  { steps, readAt = [steps], reference, reading = {}, onBatch }: SpikingDetectionOptions,
): Promise<SpikingDetections> {
  const wrong = readAt.find((t) => !Number.isSafeInteger(t) || t < 1 || t > steps);
  if (wrong !== undefined) throw new Error(`Boxes cannot be read after step ${wrong} of ${steps}.`);
  const statistics = firingStatistics(engine.network);
  const judgedAt = new Map<number, JudgedImage[]>(readAt.map((t) => [t, []]));
  const away = new Map<number, number>(readAt.map((t) => [t, 0]));
  let [images, whole] = [0, 0];
  for await (const batch of boxBatchesOf(given)) {
    const [count] = batch.shape;
    const result = await engine.simulate(batch, { steps, probes: statistics.probes });
    const source = reference && analogMaps(reference, batch);
    for (const [t, all] of judgedAt) {
      const outputs = mapsAfter(result, t);
      all.push(...judged(detector, outputs, batch, given, reading));
      if (source !== undefined) away.set(t, (away.get(t) ?? 0) + squaredDistance(outputs, source));
    }
    if (source !== undefined) whole += squaredNorm(source);
    statistics.add(result, count);
    images += count;
    onBatch?.(images);
  }
  if (images === 0) throw new Error('There were no images to look for objects in.');
  return {
    steps,
    images,
    judgedAt,
    distanceAt: new Map(reference === undefined ? [] : [...away].map(([t, sum]) => [t, Math.sqrt(sum / whole)])),
    firing: statistics.summary(),
  };
}

/** The read-out after step t, by output. */
export function mapsAfter({ steps, outputs }: SimulationResult, t: number): ReadonlyMap<string, Float32Array> {
  return new Map(
    [...outputs].map(([name, { data }]) => {
      const size = data.length / steps;
      return [name, data.subarray((t - 1) * size, t * size)];
    }),
  );
}

function squaredDistance(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  let sum = 0;
  for (const [name, values] of a) values.forEach((value, k) => (sum += (value - (b.get(name)?.[k] ?? 0)) ** 2));
  return sum;
}

function squaredNorm(maps: ReadonlyMap<string, Float32Array>): number {
  let sum = 0;
  for (const values of maps.values()) for (const value of values) sum += value * value;
  return sum;
}
