import { firingStatistics } from '@rheobase/analysis';
import type { EventBatch, EventSource } from '@rheobase/datasets';
import { countCorrect } from '@rheobase/execution';
import type { ImageBatch } from '@rheobase/network';
import type { AccuracyProgress } from './analog-accuracy.js';
import type { SpikingAccuracy } from './spiking-accuracy.js';
import type { SpikingEngine } from './spiking-engine.js';

/** Recordings to simulate. */
export interface Recordings {
  readonly source: EventSource;
  /** How many, from the first. */
  readonly count: number;
}

/**
 * Simulates recordings of an event camera for the same number of steps, a frame for each; one run gives the result after every t ≤ T.
 *
 * @param steps T: of a longer recording the first T frames are used, a shorter one is followed by empty frames
 * @throws if there are no recordings, the network has no output, or a recording cannot be read.
 */
export async function eventAccuracy(
  engine: SpikingEngine,
  { source, count }: Recordings,
  steps: number,
  onRecording?: (progress: AccuracyProgress) => void,
): Promise<SpikingAccuracy> {
  if (count < 1) throw new Error(`${source.name}: there were no recordings to classify.`);
  const start = performance.now();
  const statistics = firingStatistics(engine.network);
  const correctAt = Array.from({ length: steps }, () => 0);
  for (let index = 0; index < count; index += 1) {
    const batch = await source.read([index]);
    const result = await engine.simulate(lasting(batch, steps), { steps, probes: statistics.probes });
    const [readOut] = result.outputs.values();
    if (readOut === undefined) throw new Error('The network has no output to read a class from.');
    const size = readOut.data.length / steps;
    for (let t = 0; t < steps; t += 1) {
      correctAt[t] = (correctAt[t] ?? 0) + countCorrect(readOut.data.subarray(t * size, (t + 1) * size), batch.labels);
    }
    statistics.add(result, 1);
    onRecording?.({ images: index + 1, accuracy: (correctAt.at(-1) ?? 0) / (index + 1) });
  }
  return {
    steps,
    images: count,
    correctAt,
    firing: statistics.summary(),
    input: 'frames',
    imagesPerSecond: (1000 * count) / (performance.now() - start),
  };
}

/** A batch cut off after T frames, or followed by empty ones. */
function lasting({ images, shape, frames }: EventBatch, steps: number): ImageBatch {
  const length = shape.reduce((product, size) => product * size, steps);
  if (frames >= steps) return { images: images.subarray(0, length), shape, frames: steps };
  const padded = new Float32Array(length);
  padded.set(images);
  return { images: padded, shape, frames: steps };
}

/** The frames of the longest of some recordings. */
export async function longestRecording(
  { source, count }: Recordings,
  onRecording?: (read: number) => void,
): Promise<number> {
  let most = 0;
  for (let index = 0; index < count; index += 1) {
    most = Math.max(most, (await source.read([index])).frames);
    onRecording?.(index + 1);
  }
  return most;
}
