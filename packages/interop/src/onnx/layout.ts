import type { NetworkNode, Pair, Shape } from '@rheobase/network';
import { noPadding, sameShape, sizeOf } from '@rheobase/network';
import type { Draft, Unnamed } from './draft.js';
import { Unreadable } from './refusal.js';
import type { OnnxView } from './value.js';
import { inOrder, inverse, inverseOf, samePlaces, stridesOf, transposedPlaces } from './value.js';

/** A node, and the view of it that is a value of the model. */
export interface Placed {
  readonly node: string;
  /** Which element of the value each element of the node is. */
  readonly order: Int32Array;
}

/**
 * A node whose value is a view, in a layout of the caller's.
 *
 * @param shape of the node's value
 * @param order which element of the view each element of the node is to be
 */
export function inLayout(draft: Draft, view: OnnxView, shape: Shape, order: Int32Array): string {
  const from = draft.shapeOf(view.node);
  const wanted = view.at === inOrder(order.length) ? order : order.map((element) => view.at[element] ?? -1);
  return nodeOf(draft, view.node, from, shape, wanted);
}

/** The image `[H, W, C]` that a value `[1, C, H, W]` or, of one row, `[1, C, W]` is. @throws if it is neither. */
export function asImage(draft: Draft, view: OnnxView): string {
  const { shape, order } = imageLayout(view.shape);
  return inLayout(draft, view, shape, order);
}

/** The view of an image's node that is the value `[1, C, H, W]`, or `[1, C, W]` with as many axes as `like`. */
export function imageView(draft: Draft, node: string, axes: number): OnnxView {
  const [height = 1, width = 1, channels = 1] = draft.shapeOf(node);
  return {
    kind: 'view',
    node,
    elements: 'float',
    shape: axes === 3 ? [1, channels, width] : [1, channels, height, width],
    at: transposedPlaces([height, width, channels], [2, 0, 1]),
  };
}

/** How a value in ONNX' axes lies in an image, row-major `[H, W, C]`. */
function imageLayout(shape: Shape): { readonly shape: Shape; readonly order: Int32Array } {
  const [batch = 1, channels = 1, ...sides] = shape;
  if (shape.length !== 3 && shape.length !== 4) {
    throw new Unreadable(
      `its input [${shape.join(', ')}] has ${shape.length} axes; only images [N, C, H, W] and sequences [N, C, L] are read`,
    );
  }
  if (batch !== 1)
    throw new Unreadable(`its input [${shape.join(', ')}] has a first axis of ${batch} within one sample`);
  const [height = 1, width = 1] = sides.length === 1 ? [1, ...sides] : sides;
  return { shape: [height, width, channels], order: transposedPlaces([channels, height, width], [1, 2, 0]) };
}

/** A node with every element of a view, once, in whatever order is cheapest, and that order. */
export function anyLayout(draft: Draft, view: OnnxView): Placed {
  const order = inverseOf(view, sizeOf(draft.shapeOf(view.node)));
  if (order !== undefined) return { node: view.node, order };
  const natural = naturalLayout(view);
  return { node: inLayout(draft, view, natural.shape, natural.order), order: natural.order };
}

/** The channels of the node that it is a view of are channels again: then what it has of the node is more likely to be a structural node. */
function naturalLayout(view: OnnxView): { readonly shape: Shape; readonly order: Int32Array } {
  const { shape, at } = view;
  const strides = stridesOf(shape);
  const first = at.findIndex((place) => place >= 0);
  const isUnit = (axis: number): boolean =>
    (shape[axis] ?? 1) > 1 && at[first + (strides[axis] ?? 1)] === (at[first] ?? 0) + 1;
  const axes = shape.map((_, axis) => axis);
  const last = axes.find(isUnit) ?? (shape.length === 4 ? 1 : shape.length - 1);
  const perm = [...axes.filter((axis) => axis !== last), ...axes.filter((axis) => axis === last)];
  const sides = perm.map((axis) => shape[axis] ?? 1);
  const outer = sides.findIndex((side) => side > 1);
  const own = outer < 0 ? [1] : sides.slice(outer);
  const pixels = own.length === 2 || own.length === 3 ? [1, ...own].slice(-3) : [at.length];
  return { shape: pixels, order: transposedPlaces(shape, perm) };
}

/** The view of a node that keeps the order of another node's elements. */
export function placedView(
  { node, order }: Placed,
  { shape, elements }: Pick<OnnxView, 'shape' | 'elements'>,
): OnnxView {
  return { kind: 'view', node, shape, elements, at: inverse(order) };
}

/** Nodes with the elements of two views, in the same order and the same shape. */
export function together(
  draft: Draft,
  views: readonly OnnxView[],
): { readonly nodes: readonly string[]; readonly order: Int32Array } {
  const [first] = views;
  const placed = views.find((view) => inverseOf(view, sizeOf(draft.shapeOf(view.node))) !== undefined) ?? first;
  if (placed === undefined) throw new Unreadable('it has no inputs');
  const { node, order } = anyLayout(draft, placed);
  const shape = draft.shapeOf(node);
  return { nodes: views.map((view) => (view === placed ? node : inLayout(draft, view, shape, order))), order };
}

/**
 * A node `[1, rows, n]` (or any other whose last axis has n elements) with the elements along `axes` of a view last, and which element of
 * the view each of its elements is.
 *
 * @param axes ascending
 */
export function axesLast(draft: Draft, view: OnnxView, axes: readonly number[]): Placed {
  const length = sizeOf(axes.map((axis) => view.shape[axis] ?? 1));
  const others = view.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const wanted = transposedPlaces(view.shape, [...others, ...axes]);
  const rows = view.at.length / Math.max(length, 1);
  const from = draft.shapeOf(view.node);
  const given = inverseOf(view, sizeOf(from));
  if (given !== undefined && isGrouped(view.at, wanted, length)) {
    if (from.at(-1) === length && (from.length === 1 || from.length === 3)) return { node: view.node, order: given };
    return { node: reshapedTo(draft, view.node, [1, rows, length]), order: given };
  }
  return { node: inLayout(draft, view, [1, rows, length], wanted), order: wanted };
}

/** Whether groups of adjacent elements of a view, in the order `wanted`, are adjacent and in order in its node. */
function isGrouped(at: Int32Array, wanted: Int32Array, length: number): boolean {
  for (let i = 0; i < wanted.length; i += 1) {
    const place = at[wanted[i] ?? 0] ?? -1;
    if (place % length !== i % length) return false;
    if (i % length > 0 && place !== (at[wanted[i - 1] ?? 0] ?? -1) + 1) return false;
  }
  return true;
}

export function reshapedTo(draft: Draft, node: string, shape: Shape): string {
  const from = draft.shapeOf(node);
  if (sameShape(from, shape)) return node;
  return shape.length === 1
    ? draft.add({ op: 'flatten', inputs: [node] }, 'flatten')
    : draft.add({ op: 'reshape', inputs: [node], shape }, 'reshape');
}

/** A node with elements of another: itself, a structural node if one states what is wanted, or a `gather`. */
function nodeOf(draft: Draft, node: string, from: Shape, shape: Shape, wanted: Int32Array): string {
  if (wanted.length === sizeOf(from) && samePlaces(wanted, inOrder(wanted.length)))
    return reshapedTo(draft, node, shape);
  const add = (fields: Unnamed, suffix: string) => draft.add(fields, suffix);
  const structural = structuralNode(node, from, shape, wanted, add);
  if (structural !== undefined) return structural;
  return add({ op: 'gather', inputs: [node], indices: draft.indices(shape, wanted) }, 'gather');
}

type Add = (fields: Unnamed<NetworkNode>, suffix: string) => string;

function structuralNode(node: string, from: Shape, shape: Shape, wanted: Int32Array, add: Add): string | undefined {
  const channels = shape.at(-1) ?? 1;
  const fromChannels = from.at(-1) ?? 1;
  const inputs = [node] as const;
  if (sizeOf(from) / fromChannels === sizeOf(shape) / channels && from.length === shape.length) {
    const source = channelSources(wanted, channels, fromChannels);
    if (source !== undefined && sameShape(from.slice(0, -1), shape.slice(0, -1))) {
      return ofChannels(node, source, fromChannels, add);
    }
  }
  if (from.length !== 3 || shape.length !== 3) return undefined;
  const [height = 1, width = 1] = from;
  const [rows = 1, columns = 1] = shape;
  const at = (y: number, x: number, c: number): number => (y * width + x) * fromChannels + c;
  const matches = (source: (y: number, x: number, c: number) => number): boolean => {
    let i = 0;
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1) {
        for (let c = 0; c < channels; c += 1) {
          if (wanted[i] !== source(y, x, c)) return false;
          i += 1;
        }
      }
    }
    return true;
  };
  if (channels === fromChannels) {
    const factor: Pair = [rows / height, columns / width];
    if (factor.every((side) => Number.isInteger(side) && side >= 1)) {
      const up = matches((y, x, c) => at(Math.floor(y / factor[0]), Math.floor(x / factor[1]), c));
      if (up) return add({ op: 'upsample', inputs, factor, method: 'nearest' }, 'upsample');
    }
    const stride: Pair = [
      strideOf(wanted, columns * channels, width * fromChannels),
      strideOf(wanted, channels, fromChannels),
    ];
    const isStrided =
      Math.ceil(height / stride[0]) === rows &&
      Math.ceil(width / stride[1]) === columns &&
      matches((y, x, c) => at(y * stride[0], x * stride[1], c));
    if (isStrided) return add({ op: 'subsample', inputs, stride }, 'subsample');
  }
  const block = rows / height;
  if (Number.isInteger(block) && block > 1 && block === columns / width && fromChannels === channels * block * block) {
    const isBlocks = matches((y, x, c) =>
      at(Math.floor(y / block), Math.floor(x / block), ((y % block) * block + (x % block)) * channels + c),
    );
    if (isBlocks) return add({ op: 'depthToSpace', inputs, block }, 'depthToSpace');
  }
  // Of what pads, the first element of the image is at its first corner.
  const first = wanted.indexOf(0);
  if (first < 0 || rows < height || columns < width || channels < fromChannels) return undefined;
  const [top, left, before] = [
    Math.floor(first / (columns * channels)),
    Math.floor(first / channels) % columns,
    first % channels,
  ];
  const inside = (value: number, size: number): boolean => value >= 0 && value < size;
  const isPadding = matches((y, x, c) =>
    inside(y - top, height) && inside(x - left, width) && inside(c - before, fromChannels)
      ? at(y - top, x - left, c - before)
      : -1,
  );
  if (!isPadding) return undefined;
  const [bottom, right, after] = [rows - height - top, columns - width - left, channels - fromChannels - before];
  if (bottom < 0 || right < 0 || after < 0) return undefined;
  return add(
    { op: 'pad', inputs, padding: { ...noPadding, top, bottom, left, right }, channels: { before, after } },
    'pad',
  );
}

const strideOf = (wanted: Int32Array, next: number, step: number): number =>
  Math.max(1, Math.round((wanted[next] ?? step) / step));

/** The channel that each channel of a value comes from, if every pixel takes them from the same pixel of the other. */
function channelSources(wanted: Int32Array, channels: number, fromChannels: number): Int32Array | undefined {
  const source = wanted.slice(0, channels);
  if (source.some((channel) => channel < 0 || channel >= fromChannels)) return undefined;
  for (let i = 0; i < wanted.length; i += 1) {
    if (wanted[i] !== Math.floor(i / channels) * fromChannels + (source[i % channels] ?? 0)) return undefined;
  }
  return source;
}

/** Adjacent channels are a split; channels a stride apart, and all channels in such an order, are a shuffle. */
function ofChannels(node: string, source: Int32Array, of: number, add: Add): string | undefined {
  const [first = 0, second = first + 1] = source;
  const step = second - first;
  const part = (from: string, at: number): string => {
    const sizes = [at, source.length, of - at - source.length];
    return add({ op: 'split', inputs: [from], sizes: sizes.filter((size) => size > 0), part: at > 0 ? 1 : 0 }, 'split');
  };
  if (step === 1 && source.every((channel, i) => channel === first + i)) return part(node, first);
  // channelShuffle puts channel i of group g, g·(C/groups) + i, at i·groups + g.
  const perGroup = step;
  if (perGroup < 1 || of % perGroup !== 0) return undefined;
  const groups = of / perGroup;
  const shuffled = (i: number): number => (i % groups) * perGroup + Math.floor(i / groups);
  const start = Array.from({ length: of }, (_, i) => i).find((i) => shuffled(i) === first) ?? 0;
  if (start + source.length > of || !source.every((channel, i) => channel === shuffled(start + i))) return undefined;
  const all = add({ op: 'channelShuffle', inputs: [node], groups }, 'channelShuffle');
  return source.length === of ? all : part(all, start);
}
