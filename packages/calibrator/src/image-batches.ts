import type { Network, Shape } from '@rheobase/network';
import { inferShapes, shapeAt, sizeOf } from '@rheobase/network';
import type { Segment } from './segment.js';

/** Elements of the largest value over all steps: 4 MiB of float32, so that a few such values share a cache. */
const elementsAtOnce = 2 ** 20;

/** How many images of a segment to take at a time, at most `limit`. */
export function imagesAtOnce(network: Network, { nodes, frontier }: Segment, steps: number, limit: number): number {
  const shapes: ReadonlyMap<string, Shape> = inferShapes(network);
  const largest = Math.max(...[...frontier, ...nodes].map((name) => sizeOf(shapeAt(shapes, name))));
  return Math.max(1, Math.min(limit, Math.floor(elementsAtOnce / (largest * steps))));
}

/** 0…count − 1 in runs of at most `size`. */
export function* runsOf(count: number, size: number): Generator<Int32Array> {
  for (let first = 0; first < count; first += size) {
    yield Int32Array.from({ length: Math.min(size, count - first) }, (_, k) => first + k);
  }
}
