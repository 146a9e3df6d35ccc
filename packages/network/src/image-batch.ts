import { NetworkError } from './network.js';
import type { Shape } from './shape.js';

/** Images or vectors for one input of a network, in plain memory. */
export interface ImageBatch {
  /** Row-major, normalized as the network expects; with frames one batch for each time step, `[T, N, …]`. */
  readonly images: Float32Array;
  /** `[N, H, W, C]`, or `[N, C]`. */
  readonly shape: Shape;
  /** T, where the input changes over time, as event frames do. Default: the input is the same at every step (direct coding). */
  readonly frames?: number;
}

/** Images with their classes. */
export interface LabelledBatch extends ImageBatch {
  /** `[N]` */
  readonly labels: Int32Array;
}

/** Splits a batch into parts of `size` images, which share its memory unless it has frames. */
export function* inBatches({ images, shape, frames }: ImageBatch, size: number): Generator<ImageBatch> {
  const [count = 0, ...each] = shape;
  const pixels = images.length / (count * (frames ?? 1));
  for (let from = 0; from < count; from += size) {
    const to = Math.min(from + size, count);
    if (frames !== undefined) {
      const part = new Float32Array(frames * (to - from) * pixels);
      yield { images: copyOverTime(images, part, frames, count, from), shape: [to - from, ...each], frames };
      continue;
    }
    yield { images: images.subarray(from * pixels, to * pixels), shape: [to - from, ...each] };
  }
}

/**
 * Copies some images of `[T, N, …]`.
 *
 * @param part where they go, `[T, length, …]`
 * @param count N
 */
export function copyOverTime<Data extends Int8Array | Float32Array>(
  data: Data,
  part: Data,
  frames: number,
  count: number,
  first: number,
): Data {
  const [size, length] = [data.length / (frames * count), part.length / frames];
  for (let t = 0; t < frames; t += 1) {
    const from = (t * count + first) * size;
    part.set(data.subarray(from, from + length), t * length);
  }
  return part;
}

/**
 * Refuses a batch whose frames are not as many as the time steps.
 *
 * @throws {NetworkError} naming the input.
 */
export function assertFrames(input: string, frames: number | undefined, steps: number): void {
  if (frames === undefined || frames === steps) return;
  throw new NetworkError([
    {
      subject: input,
      message: `it was given ${frames} frames, one for each time step, but ${steps} steps are to be simulated; simulate ${frames} steps`,
    },
  ]);
}
