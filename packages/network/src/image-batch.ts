import type { Shape } from './shape.js';

/** Images or vectors for one input of a network, in plain memory. */
export interface ImageBatch {
  /** Row-major, normalized as the network expects. */
  readonly images: Float32Array;
  /** `[N, H, W, C]`, or `[N, C]`. */
  readonly shape: Shape;
}

/** Images with their classes. */
export interface LabelledBatch extends ImageBatch {
  /** `[N]` */
  readonly labels: Int32Array;
}

/** Splits a batch into parts of `size` images, which share its memory. */
export function* inBatches({ images, shape }: ImageBatch, size: number): Generator<ImageBatch> {
  const [count = 0, ...each] = shape;
  const pixels = images.length / count;
  for (let from = 0; from < count; from += size) {
    const to = Math.min(from + size, count);
    yield { images: images.subarray(from * pixels, to * pixels), shape: [to - from, ...each] };
  }
}
