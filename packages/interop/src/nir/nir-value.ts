import type { Shape } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';

/**
 * A value as NIR sees it, and the network's node that holds it. NIR puts channels first: an image `[C, H, W]` is `[H, W, C]` in the network, and a
 * sequence `[C, L]` an image `[1, L, C]`.
 */
export interface NirValueShape {
  /** Name of the network's node. */
  readonly node: string;
  /** Shape in NIR, without a batch. */
  readonly shape: Shape;
  /** Of a vector that was an image: the image's shape in NIR, `[C, H, W]`, as the network's vector has its elements in the order H, W, C. */
  readonly image?: Shape;
}

/** The shape in the network. */
export function networkShape(shape: Shape): Shape {
  if (shape.length === 1) return shape;
  const [channels = 1, height = 1, width = 1] = shape.length === 2 ? [shape[0], 1, shape[1]] : shape;
  return [height, width, channels];
}

/** For every element of the network's value, row-major, its place in NIR's. */
export function nirPlaces({ shape, image }: Pick<NirValueShape, 'shape' | 'image'>): Int32Array {
  const from = image ?? shape;
  if (from.length === 1) return Int32Array.from({ length: sizeOf(from) }, (_, i) => i);
  const [channels = 1] = from;
  const pixels = sizeOf(from) / channels;
  return Int32Array.from({ length: sizeOf(from) }, (_, i) => (i % channels) * pixels + Math.floor(i / channels));
}

/** Whether both have the same order. */
export function isInNirOrder(value: Pick<NirValueShape, 'shape' | 'image'>): boolean {
  return nirPlaces(value).every((place, i) => place === i);
}
