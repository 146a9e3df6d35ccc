import { type FiringSummary, firingStatistics } from '@rheobase/analysis';
import { countCorrect } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import type { AccuracyProgress } from './analog-accuracy.js';
import { batchesOf, type Images } from './image-batches.js';
import type { SpikingEngine, StartEngine } from './spiking-engine.js';

/** What a spiking network did over T steps on some images. */
export interface SpikingAccuracy {
  readonly steps: number;
  readonly images: number;
  /** Images classified as labelled after step t, at index t − 1. */
  readonly correctAt: readonly number[];
  readonly firing: FiringSummary;
  /** What the network was given: the same image at every step, or a frame for each step. Default: `constant`. */
  readonly input?: 'constant' | 'frames';
  readonly imagesPerSecond: number;
}

/**
 * Simulates images; one run gives the result after every t ≤ T.
 *
 * @throws if the network has no output.
 */
export async function spikingAccuracy(
  engine: SpikingEngine,
  given: Images,
  steps: number,
  onBatch?: (progress: AccuracyProgress) => void,
): Promise<SpikingAccuracy> {
  const start = performance.now();
  const statistics = firingStatistics(engine.network);
  const correctAt = Array.from({ length: steps }, () => 0);
  let seen = 0;
  for await (const batch of batchesOf(given, engine)) {
    const result = await engine.simulate(batch, { steps, probes: statistics.probes });
    const [readOut] = result.outputs.values();
    if (readOut === undefined) throw new Error('The network has no output to read a class from.');
    const size = readOut.data.length / steps;
    for (let t = 0; t < steps; t++) {
      correctAt[t] = (correctAt[t] ?? 0) + countCorrect(readOut.data.subarray(t * size, (t + 1) * size), batch.labels);
    }
    seen += batch.labels.length;
    statistics.add(result, batch.labels.length);
    onBatch?.({ images: seen, accuracy: (correctAt.at(-1) ?? 0) / seen });
  }
  return {
    steps,
    images: seen,
    correctAt,
    firing: statistics.summary(),
    imagesPerSecond: (1000 * seen) / (performance.now() - start),
  };
}

/** {@link spikingAccuracy} of a network, on an engine that is started for it alone. */
export async function spikingNetworkAccuracy(
  network: Network,
  given: Images,
  steps: number,
  start: StartEngine,
  onBatch?: (progress: AccuracyProgress) => void,
): Promise<SpikingAccuracy> {
  const engine = await start(network);
  try {
    return await spikingAccuracy(engine, given, steps, onBatch);
  } finally {
    await engine.dispose();
  }
}
