import type { Parameter } from './parameter.js';
import type { Shape } from './shape.js';
import { broadcastsTo, describeShape, sizeOf } from './shape.js';

/** An array that is broadcast to a value: a parameter, or plain numbers with their shape. */
export type Broadcastable = Pick<Parameter, 'shape'> & { readonly data: ArrayLike<number> };

/** An array broadcast to a value: one number per channel `[C]` if all positions are equal, else one per element. */
export interface Spread {
  readonly per: 'channel' | 'element';
  /** Row-major; float64 holds every parameter type exactly. */
  readonly data: Float64Array;
}

/**
 * Broadcasts an array to a value's shape: it is aligned with the value's last axes, and axes of length 1 repeat.
 *
 * @param to shape of the value
 * @returns row-major, one number per element
 * @throws if the array does not apply to a value of this shape.
 */
export function broadcast({ shape, data }: Broadcastable, to: Shape): Float64Array {
  if (!broadcastsTo(shape, to)) {
    throw new Error(`An array ${describeShape(shape)} does not apply to a value ${describeShape(to)}.`);
  }
  const strides = stridesOver(shape, to);
  const position = to.map(() => 0);
  const result = new Float64Array(sizeOf(to));
  let from = 0;
  for (let i = 0; i < result.length; i += 1) {
    result[i] = data[from] ?? Number.NaN;
    // Next position: increment the last axis, with carry.
    for (let axis = to.length - 1; axis >= 0; axis -= 1) {
      const [length, stride, at] = [to[axis] ?? 1, strides[axis] ?? 0, (position[axis] ?? 0) + 1];
      from += stride;
      position[axis] = at;
      if (at < length) break;
      from -= stride * length;
      position[axis] = 0;
    }
  }
  return result;
}

/** The array's stride along each axis of the value; 0 along axes that repeat. */
function stridesOver(shape: Shape, to: Shape): readonly number[] {
  const strides = to.map(() => 0);
  let stride = 1;
  for (let back = 1; back <= shape.length; back += 1) {
    const length = shape.at(-back) ?? 1;
    if (length > 1) strides[to.length - back] = stride;
    stride *= length;
  }
  return strides;
}

/**
 * The same, but as one number per channel (the last axis) if all positions are equal.
 *
 * @throws if the array does not apply to a value of this shape.
 */
export function spread(array: Broadcastable, over: Shape): Spread {
  const channels = over.slice(-1);
  if (broadcastsTo(array.shape, channels) && broadcastsTo(array.shape, over)) {
    return { per: 'channel', data: broadcast(array, channels) };
  }
  const elements = broadcast(array, over);
  const first = elements.slice(0, sizeOf(channels));
  return elements.every((value, i) => value === first[i % first.length])
    ? { per: 'channel', data: first }
    : { per: 'element', data: elements };
}
