/**
 * Dimensions of an array, outermost first. The shape of a value that flows between nodes never includes the
 * batch: an image is `[H, W, C]`, a vector `[C]`.
 */
export type Shape = readonly number[];

/** Number of elements of an array of this shape; 1 for a scalar (`[]`). */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** A shape for messages: `3×32×32`, or `scalar`. */
export function describeShape(shape: Shape): string {
  return shape.length === 0 ? 'scalar' : `[${shape.join(', ')}]`;
}

/**
 * Whether a parameter of shape `parameter` broadcasts to a value of shape `value`, aligned at the last axis: a scalar, one per channel (`[C]`), or
 * one per neuron (`[H, W, C]`).
 */
export function broadcastsTo(parameter: Shape, value: Shape): boolean {
  if (parameter.length > value.length) return false;
  const offset = value.length - parameter.length;
  return parameter.every((dimension, axis) => dimension === 1 || dimension === value[axis + offset]);
}
