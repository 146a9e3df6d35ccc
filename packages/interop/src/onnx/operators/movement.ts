import { affine } from '../affine.js';
import type { Call, Operator, Operators } from '../call.js';
import {
  attributeOf,
  axisOf,
  constantOf,
  float,
  inputOf,
  int,
  integersIn,
  integersOf,
  ints,
  isBatched,
  refuse,
  text,
} from '../call.js';
import { asView } from '../element-wise.js';
import { anyLayout, asImage, axesLast, imageView, placedView, reshapedTo } from '../layout.js';
import { MixesBatch } from '../refusal.js';
import type { OnnxValueOf, OnnxView } from '../value.js';
import {
  array,
  broadcastPlaces,
  broadcastShape,
  checkedSize,
  every,
  inOrder,
  inverseOf,
  moved,
  permutedValue,
  places,
  reshaped,
  samePlaces,
  selected,
  stridesOf,
  transposedPlaces,
} from '../value.js';

const transpose: Operator = (call) => {
  const value = inputOf(call, 0);
  const axes = value.shape.map((_, axis) => axis);
  const perm = attributeOf(call, 'perm') === undefined ? axes.toReversed() : ints(call, 'perm');
  if (perm.toSorted((a, b) => a - b).join() !== axes.join()) {
    return refuse(`its perm [${perm.join(', ')}] is none of the axes of its input [${value.shape.join(', ')}]`);
  }
  if (isBatched(call, value) && perm[0] !== 0) throw new MixesBatch();
  return permutedValue(value, perm);
};

/** A value under another shape; in a file with a fixed batch, one that begins with the batch begins with 1 here. */
function under(call: Call, value: OnnxValueOf, shape: readonly number[]): OnnxValueOf {
  const size = checkedSize(value.shape);
  const batched = isBatched(call, value);
  // One row of all samples.
  if (batched && shape[0] === 1) throw new MixesBatch();
  const target = batched && shape[0] === call.batch ? [1, ...shape.slice(1)] : shape;
  const known = target.reduce((product, side) => (side === -1 ? product : product * side), 1);
  const full = target.map((side) => (side === -1 ? size / known : side));
  const fits =
    target.filter((side) => side === -1).length < 2 &&
    full.every((side) => Number.isInteger(side) && side >= 0) &&
    checkedSize(full) === size;
  if (batched && (!fits || full[0] !== 1)) throw new MixesBatch();
  if (!fits) return refuse(`its shape [${shape.join(', ')}] does not fit its input [${value.shape.join(', ')}]`);
  return reshaped(value, full);
}

const reshape: Operator = (call) => {
  const value = inputOf(call, 0);
  const shape =
    call.opset < 5 || attributeOf(call, 'shape') !== undefined
      ? ints(call, 'shape')
      : integersIn(constantOf(call, 1, 'shape'));
  const copies = int(call, 'allowzero', 0) === 0;
  const own = isBatched(call, value) ? value.shape.with(0, call.batch) : value.shape;
  return under(
    call,
    value,
    shape.map((side, axis) => (side === 0 && copies ? (own[axis] ?? 0) : side)),
  );
};

const flatten: Operator = (call) => {
  const value = inputOf(call, 0);
  const given = int(call, 'axis', 1);
  const axis = given < 0 ? given + value.shape.length : given;
  if (axis < 0 || axis > value.shape.length)
    return refuse(`its axis ${given} is none of its input [${value.shape.join(', ')}]`);
  if (isBatched(call, value) && axis !== 1) throw new MixesBatch();
  const product = (sides: readonly number[]): number => sides.reduce((size, side) => size * side, 1);
  return reshaped(value, [product(value.shape.slice(0, axis)), product(value.shape.slice(axis))]);
};

const squeeze: Operator = (call) => {
  const value = inputOf(call, 0);
  const given = integersOf(call, 'axes', 1);
  const axes =
    given?.map((axis) => axisOf(call, value, axis)) ??
    value.shape.flatMap((size, axis) => (size === 1 && !(axis === 0 && isBatched(call, value)) ? [axis] : []));
  const long = axes.find((axis) => value.shape[axis] !== 1);
  if (long !== undefined)
    return refuse(`its axis ${long} has ${value.shape[long]} elements, and only axes of one can be left out`);
  return reshaped(
    value,
    value.shape.filter((_, axis) => !axes.includes(axis)),
  );
};

const unsqueeze: Operator = (call) => {
  const value = inputOf(call, 0);
  const given = integersOf(call, 'axes', 1) ?? refuse('it has no axes');
  const length = value.shape.length + given.length;
  const axes = given.map((axis) => (axis < 0 ? axis + length : axis));
  if (axes.some((axis) => axis < 0 || axis >= length))
    return refuse(`its axes [${given.join(', ')}] are not among ${length}`);
  if (axes.includes(0) && isBatched(call, value)) throw new MixesBatch();
  const rest = [...value.shape];
  return reshaped(
    value,
    Array.from({ length }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1))),
  );
};

/** Positions along the axes that are named, all along the others. */
function along(value: OnnxValueOf, chosen: ReadonlyMap<number, ArrayLike<number>>): OnnxValueOf {
  const positions = value.shape.map((size, axis) => chosen.get(axis) ?? every(size));
  const shape = positions.map(({ length }) => length);
  checkedSize(shape);
  return moved(value, shape, selected(value.shape, positions));
}

/** Limits as attributes before opset 10, as inputs since. */
const slice: Operator = (call) => {
  const value = inputOf(call, 0);
  const starts = integersOf(call, 'starts', 1) ?? refuse('it has no starts');
  const ends = integersOf(call, 'ends', 2) ?? refuse('it has no ends');
  const axes = (integersOf(call, 'axes', 3) ?? starts.map((_, i) => i)).map((axis, i) => {
    const isBatch = (axis === 0 || axis === -value.shape.length) && isBatched(call, value);
    const size = isBatch ? call.batch : (value.shape.at(axis) ?? 0);
    const isWhole = (starts[i] ?? 0) === 0 && (ends[i] ?? 0) >= size;
    return isWhole ? (axis < 0 ? axis + value.shape.length : axis) : axisOf(call, value, axis);
  });
  const steps = integersOf(call, 'steps', 4) ?? starts.map(() => 1);
  const chosen = axes.map((axis, i) => {
    const [size, step] = [value.shape[axis] ?? 0, steps[i] ?? 1];
    if (step === 0) return refuse('one of its steps is 0');
    const clamp = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high);
    const [start, end] =
      step > 0
        ? [clamp(starts[i] ?? 0, 0, size), clamp(ends[i] ?? 0, 0, size)]
        : [clamp(starts[i] ?? 0, 0, size - 1), clamp(ends[i] ?? 0, -1, size - 1)];
    const count = Math.max(Math.ceil((end - start) / step), 0);
    return [axis, Int32Array.from({ length: count }, (_, at) => start + at * step)] as const;
  });
  return along(value, new Map(chosen));
};

const gather: Operator = (call) => {
  const value = inputOf(call, 0);
  const indices = constantOf(call, 1, 'indices');
  const axis = axisOf(call, value, int(call, 'axis', 0));
  const size = value.shape[axis] ?? 0;
  const positions = Int32Array.from(indices.data, (at) => (at < 0 ? at + size : at));
  if (positions.some((at) => at < 0 || at >= size))
    return refuse(`one of its indices is outside of its axis of ${size}`);
  const { shape: _, ...chosen } = along(value, new Map([[axis, positions]]));
  return { ...chosen, shape: value.shape.toSpliced(axis, 1, ...indices.shape) };
};

const split: Operator = (call) => {
  const value = inputOf(call, 0);
  const axis = axisOf(call, value, int(call, 'axis', 0));
  const size = value.shape[axis] ?? 0;
  const parts = call.node.outputs.length;
  const even = Math.ceil(size / Math.max(parts, 1));
  const sizes =
    integersOf(call, 'split', 1) ??
    Array.from({ length: parts }, (_, i) => Math.max(Math.min(even, size - i * even), 0));
  if (sizes.length !== parts || sizes.reduce((a, b) => a + b, 0) !== size) {
    return refuse(`its parts of ${sizes.join(', ')} are not its ${parts} outputs of an axis of ${size}`);
  }
  let start = 0;
  return sizes.map((length) => {
    const from = start;
    start += length;
    return along(value, new Map([[axis, Int32Array.from({ length }, (_, i) => from + i)]]));
  });
};

function expanded(call: Call, value: OnnxValueOf, target: readonly number[]): OnnxValueOf {
  const own =
    isBatched(call, value) && target.length === value.shape.length && target[0] === call.batch
      ? [1, ...target.slice(1)]
      : target;
  const shape = broadcastShape(value.shape, own);
  if (shape === undefined)
    return refuse(`its input [${value.shape.join(', ')}] does not broadcast to [${target.join(', ')}]`);
  if (isBatched(call, value) && (shape.length !== value.shape.length || shape[0] !== 1)) throw new MixesBatch();
  checkedSize(shape);
  return moved(value, shape, broadcastPlaces(value.shape, shape));
}

const tile: Operator = (call) => {
  const value = inputOf(call, 0);
  const repeats = integersIn(constantOf(call, 1, 'repeats'));
  if (repeats.length !== value.shape.length)
    return refuse(`its ${repeats.length} repeats do not fit its input [${value.shape.join(', ')}]`);
  if (isBatched(call, value) && repeats[0] !== 1) throw new MixesBatch();
  checkedSize(value.shape.map((size, axis) => size * (repeats[axis] ?? 1)));
  return along(
    value,
    new Map(
      value.shape.map((size, axis) => [
        axis,
        Int32Array.from({ length: size * (repeats[axis] ?? 1) }, (_, i) => i % size),
      ]),
    ),
  );
};

/** Where a position before or behind an axis is taken from; −1: it is a constant. */
const borders: ReadonlyMap<string, (at: number, size: number) => number> = new Map([
  ['constant', () => -1],
  ['edge', (at: number, size: number) => Math.min(Math.max(at, 0), size - 1)],
  ['wrap', (at: number, size: number) => ((at % size) + size) % size],
  [
    'reflect',
    (at: number, size: number) => {
      const period = Math.max(2 * (size - 1), 1);
      const folded = ((at % period) + period) % period;
      return folded < size ? folded : period - folded;
    },
  ],
]);

const pad: Operator = (call) => {
  const value = inputOf(call, 0);
  const pads =
    integersOf(call, attributeOf(call, 'paddings') === undefined ? 'pads' : 'paddings', 1) ?? refuse('it has no pads');
  const rank = value.shape.length;
  const given =
    call.inputs[3] === undefined
      ? value.shape.map((_, axis) => axis)
      : integersIn(constantOf(call, 3, 'axes')).map((axis) => (axis < 0 ? axis + rank : axis));
  if (pads.length !== 2 * given.length) return refuse(`its ${pads.length} pads do not fit ${given.length} axes`);
  const border =
    borders.get(text(call, 'mode', 'constant')) ?? refuse(`its mode '${text(call, 'mode', '')}' is unknown`);
  const filling =
    attributeOf(call, 'value') === undefined && call.inputs[2] !== undefined
      ? (constantOf(call, 2, 'value').data[0] ?? 0)
      : float(call, 'value', 0);
  const chosen = new Map(
    given.map((axis, i) => {
      const [before, after, size] = [pads[i] ?? 0, pads[i + given.length] ?? 0, value.shape[axis] ?? 1];
      if ((before !== 0 || after !== 0) && axis === 0 && isBatched(call, value)) throw new MixesBatch();
      const positions = Int32Array.from({ length: Math.max(size + before + after, 0) }, (_, j) => {
        const at = j - before;
        return at >= 0 && at < size ? at : border(at, size);
      });
      return [axis, positions] as const;
    }),
  );
  const padded = along(value, chosen);
  if (filling === 0) return padded;
  const inside = along(
    { kind: 'array', shape: value.shape, elements: 'float', data: new Float32Array(checkedSize(value.shape)).fill(1) },
    chosen,
  );
  if (inside.kind !== 'array') return refuse('it has no input');
  const offset = array(
    inside.shape,
    inside.data.map((x) => (x === 0 ? filling : 0)),
    'float',
  );
  if (padded.kind === 'view') return affine(call, padded, { offset });
  return { ...padded, data: padded.data.map((x, i) => x + (offset.data[i] ?? 0)) };
};

/** Values one after another along an axis. */
const concat: Operator = (call) => {
  const values = call.inputs
    .filter((value) => value !== undefined && !isEmpty(value))
    .map((value) => value ?? refuse('it has no inputs'));
  const [first] = values;
  if (first === undefined) return call.inputs[0] ?? refuse('it has no inputs');
  const view = values.find((value) => value.kind === 'view');
  const axis = axisOf(call, view ?? first, int(call, 'axis', 1));
  const differs = values.find(
    (value) =>
      value.shape.length !== first.shape.length || value.shape.some((size, i) => i !== axis && size !== first.shape[i]),
  );
  if (differs !== undefined) {
    if (values.some((value) => isBatched(call, value))) throw new MixesBatch();
    return refuse(
      `its inputs [${first.shape.join(', ')}] and [${differs.shape.join(', ')}] differ in other axes than ${axis}`,
    );
  }
  if (values.length === 1) return first;
  const shape = first.shape.with(
    axis,
    values.reduce((sum, value) => sum + (value.shape[axis] ?? 0), 0),
  );
  checkedSize(shape);
  if (view === undefined || view.kind !== 'view') return joinedArrays(values, shape, axis);
  const views = values.map((value) =>
    value.kind === 'view'
      ? value
      : asView(call, { ...view, shape: value.shape, at: inOrder(checkedSize(value.shape)) }, value),
  );
  return alongChannels(call, views, shape, axis) ?? joined(call, views, shape, axis);
};

const isEmpty = (value: OnnxValueOf): boolean => value.shape.includes(0);

/** For each value, the places of its elements in the one that they make. */
function targets(values: readonly OnnxValueOf[], shape: readonly number[], axis: number): readonly Int32Array[] {
  const strides = stridesOf(shape);
  let start = 0;
  return values.map((value) => {
    const from = start;
    start += value.shape[axis] ?? 0;
    return places(
      value.shape,
      value.shape.map((size, i) =>
        Int32Array.from({ length: size }, (_, at) => (at + (i === axis ? from : 0)) * (strides[i] ?? 1)),
      ),
    );
  });
}

function joinedArrays(values: readonly OnnxValueOf[], shape: readonly number[], axis: number): OnnxValueOf {
  const data = new Float64Array(shape.reduce((size, side) => size * side, 1));
  const to = targets(values, shape, axis);
  values.forEach((value, i) => {
    if (value.kind === 'array') value.data.forEach((x, at) => (data[to[i]?.[at] ?? 0] = x));
  });
  return array(shape, data, values[0]?.elements ?? 'float');
}

/** Of views whose nodes have the axis as their channels, all at the same pixels: a `concat` of the nodes. */
function alongChannels(
  { draft }: Call,
  views: readonly OnnxView[],
  shape: readonly number[],
  axis: number,
): OnnxView | undefined {
  const wantsImage = shape.length === 4 && axis === 1 && shape[0] === 1;
  const placed = views.map((view) => {
    if (wantsImage) {
      const node = asImage(draft, view);
      return { node, pixels: inOrder(view.at.length / (view.shape[axis] ?? 1)) };
    }
    const size = view.shape[axis] ?? 1;
    const from = draft.shapeOf(view.node);
    const order = inverseOf(
      view,
      from.reduce((product, side) => product * side, 1),
    );
    if (order === undefined || from.at(-1) !== size || (from.length !== 1 && from.length !== 3)) return undefined;
    const last = axesLast(draft, view, [axis]);
    if (last.node !== view.node) return undefined;
    const others = view.shape.with(axis, 1);
    const strides = stridesOf(others);
    const ranks = places(
      view.shape,
      view.shape.map((side, i) =>
        Int32Array.from({ length: side }, (_, at) => (i === axis ? 0 : at * (strides[i] ?? 1))),
      ),
    );
    return {
      node: view.node,
      pixels: Int32Array.from({ length: order.length / size }, (_, i) => ranks[order[i * size] ?? 0] ?? 0),
    };
  });
  const [first] = placed;
  if (first === undefined) return undefined;
  const pixelShape = draft.shapeOf(first.node).slice(0, -1).join();
  const nodes: string[] = [];
  for (const one of placed) {
    if (
      one === undefined ||
      !samePlaces(one.pixels, first.pixels) ||
      draft.shapeOf(one.node).slice(0, -1).join() !== pixelShape
    )
      return undefined;
    nodes.push(one.node);
  }
  const node = draft.add({ op: 'concat', inputs: nodes });
  if (wantsImage) return imageView(draft, node, 4);
  const channels = shape[axis] ?? 1;
  const strides = stridesOf(shape);
  // The element of the result at a pixel's first channel.
  const starts = places(
    shape.with(axis, 1),
    shape.map((side, i) => (i === axis ? [0] : Int32Array.from({ length: side }, (_, at) => at * (strides[i] ?? 1)))),
  );
  const order = Int32Array.from(
    { length: first.pixels.length * channels },
    (_, i) => (starts[first.pixels[Math.floor(i / channels)] ?? 0] ?? 0) + (i % channels) * (strides[axis] ?? 1),
  );
  return placedView({ node, order }, { shape, elements: 'float' });
}

/** Any others: all elements of one node after those of another, and a view of them. */
function joined({ draft }: Call, views: readonly OnnxView[], shape: readonly number[], axis: number): OnnxView {
  const to = targets(views, shape, axis);
  const order = new Int32Array(shape.reduce((size, side) => size * side, 1));
  let start = 0;
  const nodes = views.map((view, i) => {
    const placed = anyLayout(draft, view);
    placed.order.forEach((element, at) => (order[start + at] = to[i]?.[element] ?? 0));
    start += placed.order.length;
    return reshapedTo(draft, placed.node, [placed.order.length]);
  });
  return placedView(
    { node: draft.add({ op: 'concat', inputs: nodes }), order },
    { shape, elements: views[0]?.elements ?? 'float' },
  );
}

const depthToSpace: Operator = (call) => {
  const value = inputOf(call, 0);
  const block = int(call, 'blocksize', 1);
  const [batch = 1, channels = 1, height = 1, width = 1] = value.shape;
  const own = channels / (block * block);
  if (value.shape.length !== 4 || !Number.isInteger(own))
    return refuse(`its blocks of ${block} do not fit its input [${value.shape.join(', ')}]`);
  const isColumnsFirst = text(call, 'mode', 'DCR') === 'CRD';
  const from = isColumnsFirst ? [batch, own, block, block, height, width] : [batch, block, block, own, height, width];
  const perm = isColumnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  return moved(value, [batch, own, height * block, width * block], transposedPlaces(from, perm));
};

const spaceToDepth: Operator = (call) => {
  const value = inputOf(call, 0);
  const block = int(call, 'blocksize', 1);
  const [batch = 1, channels = 1, height = 1, width = 1] = value.shape;
  if (value.shape.length !== 4 || height % block !== 0 || width % block !== 0)
    return refuse(`its blocks of ${block} do not fit its input [${value.shape.join(', ')}]`);
  const from = [batch, channels, height / block, block, width / block, block];
  return moved(
    value,
    [batch, channels * block * block, height / block, width / block],
    transposedPlaces(from, [0, 3, 5, 1, 2, 4]),
  );
};

export const movement: Operators = {
  Transpose: transpose,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Slice: slice,
  Gather: gather,
  Split: split,
  Expand: (call) => expanded(call, inputOf(call, 0), integersIn(constantOf(call, 1, 'shape'))),
  Tile: tile,
  Pad: pad,
  Concat: concat,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Identity: (call) => inputOf(call, 0),
};
