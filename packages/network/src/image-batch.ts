import type { Shape } from './shape.js';

/** Images, or vectors, that one input of a network takes, in plain memory. */
export interface ImageBatch {
  /** Row-major, normalized as the network takes them. */
  readonly images: Float32Array;
  /** `[N, H, W, C]`, or `[N, C]`. */
  readonly shape: Shape;
}

/** Images with the class of each. */
export interface LabelledBatch extends ImageBatch {
  /** `[N]` */
  readonly labels: Int32Array;
}

/** A batch in parts of `size` images, which share its memory. */
export function* inBatches({ images, shape }: ImageBatch, size: number): Generator<ImageBatch> {
  const [count = 0, ...each] = shape;
  const pixels = images.length / count;
  for (let from = 0; from < count; from += size) {
    const to = Math.min(from + size, count);
    yield { images: images.subarray(from * pixels, to * pixels), shape: [to - from, ...each] };
  }
}
