import type { Shape } from '@rheobase/network';
import { networkLimits, sizeOf } from '@rheobase/network';
import { transpose } from '../layout.js';
import { Unreadable } from './refusal.js';

/** What the elements of a value are. All are computed as numbers; a boolean is 0 or 1. */
export type ElementKind = 'float' | 'integer' | 'boolean';

export type Numbers = Float32Array | Float64Array;

/** A constant of the model, row-major. */
export interface OnnxArray {
  readonly kind: 'array';
  readonly shape: Shape;
  readonly elements: ElementKind;
  readonly data: Numbers;
  /** The name of the tensor in the file that it is. */
  readonly name?: string | undefined;
}

/**
 * A value that the network computes: elements of a node's value, seen in ONNX' axes. Whatever only moves elements makes another view of the same
 * node and nothing in the network.
 */
export interface OnnxView {
  readonly kind: 'view';
  /** In ONNX' axes, the batch among them. */
  readonly shape: Shape;
  readonly elements: ElementKind;
  readonly node: string;
  /** Where each element, row-major, is in the node's value, row-major; −1: nowhere, it is 0. */
  readonly at: Int32Array;
}

export type OnnxValueOf = OnnxArray | OnnxView;

/** An array of numbers that were computed. */
export function array(shape: Shape, data: Iterable<number>, elements: ElementKind): OnnxArray {
  return { kind: 'array', shape, elements, data: Float64Array.from(data) };
}

/** The size of a value. @throws if it is more than a network may compute. */
export function checkedSize(shape: Shape): number {
  const size = sizeOf(shape);
  if (!(size <= networkLimits.elements)) {
    throw new Unreadable(`a value [${shape.join(', ')}] has more than ${networkLimits.elements} elements`);
  }
  return size;
}

const ranges = new Map<number, WeakRef<Int32Array>>();

/** 0, 1, …, size − 1; one array for each size, so that views in order are told by it. */
export function inOrder(size: number): Int32Array {
  const known = ranges.get(size)?.deref();
  if (known !== undefined) return known;
  const made = new Int32Array(size).map((_, i) => i);
  ranges.set(size, new WeakRef(made));
  return made;
}

/** Whether two lists of places are the same. */
export function samePlaces(a: Int32Array, b: Int32Array): boolean {
  return a === b || (a.length === b.length && a.every((place, i) => place === b[i]));
}

/** Steps between neighbours along each axis of a row-major array. */
export function stridesOf(shape: Shape): readonly number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/**
 * Places in a row-major array: for each position of `shape`, row-major, the sum over the axes of what `along` gives there; −1 where one of
 * them gives −1.
 */
export function places(shape: Shape, along: readonly ArrayLike<number>[]): Int32Array {
  let found = new Int32Array(1);
  checkedSize(shape);
  shape.forEach((size, axis) => {
    const steps = along[axis] ?? [];
    const next = new Int32Array(found.length * size);
    for (let i = 0; i < found.length; i += 1) {
      const before = found[i] ?? -1;
      for (let j = 0; j < size; j += 1) {
        const step = steps[j] ?? 0;
        next[i * size + j] = before < 0 || step < 0 ? -1 : before + step;
      }
    }
    found = next;
  });
  return found;
}

/** The places of an array of shape `from` whose position along each axis is what `along` says; −1: none. */
export function selected(from: Shape, along: readonly ArrayLike<number>[]): Int32Array {
  const strides = stridesOf(from);
  return places(
    along.map(({ length }) => length),
    along.map((positions, axis) => Array.from(positions, (at) => (at < 0 ? -1 : at * (strides[axis] ?? 1)))),
  );
}

/** All positions along an axis. */
export const every = (size: number): Int32Array => inOrder(size);

/** The places of an array whose axes are put into another order. */
export function transposedPlaces(from: Shape, perm: readonly number[]): Int32Array {
  const strides = stridesOf(from);
  const shape = perm.map((axis) => from[axis] ?? 1);
  return places(
    shape,
    perm.map((axis, to) => Array.from({ length: shape[to] ?? 1 }, (_, i) => i * (strides[axis] ?? 1))),
  );
}

/** The places of an array broadcast to a shape that it broadcasts to. */
export function broadcastPlaces(from: Shape, to: Shape): Int32Array {
  if (from.length === to.length && from.every((size, axis) => size === to[axis])) return inOrder(sizeOf(to));
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return places(
    to,
    to.map((size, axis) => {
      const own = from[axis - missing] ?? 1;
      return Array.from({ length: size }, (_, i) => (own === 1 ? 0 : i * (strides[axis - missing] ?? 1)));
    }),
  );
}

/** The shape that shapes broadcast to together, by the rules of NumPy; undefined if they do not. */
export function broadcastShape(...shapes: readonly Shape[]): Shape | undefined {
  const length = Math.max(...shapes.map((shape) => shape.length));
  const result: number[] = [];
  for (let axis = 0; axis < length; axis += 1) {
    const sides = shapes.map((shape) => shape[axis - length + shape.length] ?? 1).filter((side) => side !== 1);
    if (sides.some((side) => side !== sides[0])) return undefined;
    result.push(sides[0] ?? 1);
  }
  return result;
}

/** Elements of a value, in another order or some of them, as a value of another shape; −1: 0. */
export function moved(value: OnnxValueOf, shape: Shape, from: Int32Array): OnnxValueOf {
  return value.kind === 'view' ? movedView(value, shape, from) : { ...movedArray(value, shape, from), name: undefined };
}

/** The same of a constant, which keeps the name of the tensor it is made of. */
export function movedArray({ data, ...rest }: OnnxArray, shape: Shape, from: Int32Array): OnnxArray {
  const made = data instanceof Float32Array ? new Float32Array(from.length) : new Float64Array(from.length);
  for (let i = 0; i < from.length; i += 1) {
    const place = from[i] ?? -1;
    if (place >= 0) made[i] = data[place] ?? 0;
  }
  return { ...rest, shape, data: made };
}

/** A value with its axes in another order: axis `i` of the result is axis `perm[i]` of the value. */
export function permutedValue(value: OnnxValueOf, perm: readonly number[]): OnnxValueOf {
  const shape = perm.map((axis) => value.shape[axis] ?? 1);
  return value.kind === 'view'
    ? movedView(value, shape, transposedPlaces(value.shape, perm))
    : { ...permutedArray(value, perm), name: undefined };
}

/** The same of a constant, which keeps the name of the tensor it is made of. */
export function permutedArray({ data, shape, ...rest }: OnnxArray, perm: readonly number[]): OnnxArray {
  const made = data instanceof Float32Array ? new Float32Array(data.length) : new Float64Array(data.length);
  transpose(shape, perm)(data, made);
  return { ...rest, shape: perm.map((axis) => shape[axis] ?? 1), data: made };
}

export function movedView({ node, at, elements }: OnnxView, shape: Shape, from: Int32Array): OnnxView {
  const own = at === inOrder(at.length) ? from : from.map((place) => (place < 0 ? -1 : (at[place] ?? -1)));
  return { kind: 'view', node, shape, elements, at: own };
}

/** The same elements in the same order, under another shape. */
export function reshaped(value: OnnxValueOf, shape: Shape): OnnxValueOf {
  return { ...value, shape };
}

/** For a view of every element of a node, once each: which element of the view each element of the node is. Undefined for others. */
export function inverseOf({ at }: OnnxView, nodeSize: number): Int32Array | undefined {
  const size = at.length;
  if (size !== nodeSize) return undefined;
  if (at === inOrder(size)) return at;
  const known = inverses.get(at);
  if (known !== undefined) return known;
  const inverse = new Int32Array(size).fill(-1);
  for (let i = 0; i < size; i += 1) {
    const place = at[i] ?? -1;
    if (place < 0 || inverse[place] !== -1) return undefined;
    inverse[place] = i;
  }
  inverses.set(at, inverse);
  return inverse;
}

/** Which position of a permutation each number is at. */
export function inverse(order: Int32Array): Int32Array {
  if (order === inOrder(order.length)) return order;
  const result = new Int32Array(order.length);
  for (let i = 0; i < order.length; i += 1) result[order[i] ?? 0] = i;
  return result;
}

const inverses = new WeakMap<Int32Array, Int32Array>();
