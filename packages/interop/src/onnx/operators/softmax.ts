import { affine, scalar } from '../affine.js';
import type { Call, Operator, Operators } from '../call.js';
import { axisOf, constantOf, inputOf, int, isBatched, refuse, viewOf } from '../call.js';
import { applied, combined, sumOf } from '../element-wise.js';
import { axesLast, placedView } from '../layout.js';
import { MixesBatch } from '../refusal.js';
import type { OnnxValueOf, OnnxView } from '../value.js';
import { array, broadcastPlaces, moved, places, reshaped, stridesOf } from '../value.js';

/** Over one axis since opset 13; before, over all axes from there on together. */
const softmax =
  (log: boolean): Operator =>
  (call) => {
    const view = viewOf(call, 0);
    const axis = axisOf(call, view, int(call, 'axis', call.opset < 13 ? 1 : -1));
    const axes = call.opset < 13 ? view.shape.map((_, i) => i).slice(axis) : [axis];
    const placed = axesLast(call.draft, view, axes);
    const node = call.draft.add({ op: 'softmax', inputs: [placed.node], log });
    return placedView({ ...placed, node }, { shape: view.shape, elements: 'float' });
  };

function argMaxOf(call: Call, view: OnnxView): OnnxView {
  if (int(call, 'select_last_index', 0) === 1) return refuse('it selects the last of several equal values');
  const axis = axisOf(call, view, int(call, 'axis', 0));
  const { node, order } = axesLast(call.draft, view, [axis]);
  const index = call.draft.add({ op: 'argMax', inputs: [node] });
  const size = view.shape[axis] ?? 1;
  const kept = view.shape.map((side, i) => (i === axis ? 1 : side));
  const strides = stridesOf(kept);
  const ranks = places(
    view.shape,
    view.shape.map((side, i) =>
      Int32Array.from({ length: side }, (_, at) => (i === axis ? 0 : at * (strides[i] ?? 1))),
    ),
  );
  const own = Int32Array.from({ length: order.length / size }, (_, i) => ranks[order[i * size] ?? 0] ?? 0);
  const shape = int(call, 'keepdims', 1) === 1 ? kept : kept.filter((_, i) => i !== axis);
  return placedView({ node: index, order: own }, { shape, elements: 'integer' });
}

/** A new axis of `depth` in which one element is `on` and the others are `off`. */
const oneHot: Operator = (call) => {
  const indices = inputOf(call, 0);
  const [depth = 0] = constantOf(call, 1, 'depth').data;
  const [off = 0, on = 1] = constantOf(call, 2, 'values').data;
  const given = int(call, 'axis', -1);
  const axis = given < 0 ? given + indices.shape.length + 1 : given;
  if (axis === 0 && isBatched(call, indices)) throw new MixesBatch();
  const from = indices.shape.toSpliced(axis, 0, 1);
  const shape = indices.shape.toSpliced(axis, 0, depth);
  const spread = moved(reshaped(indices, from), shape, broadcastPlaces(from, shape));
  const numbers = array(
    [depth, ...shape.slice(axis + 1).map(() => 1)],
    Float64Array.from({ length: depth }, (_, i) => i),
    'integer',
  );
  if (spread.kind === 'array') {
    const own = broadcastPlaces(numbers.shape, shape);
    const isOn = (x: number, i: number): boolean => (x < 0 ? x + depth : x) === numbers.data[own[i] ?? 0];
    return array(
      shape,
      spread.data.map((x, i) => (isOn(x, i) ? on : off)),
      'float',
    );
  }
  // Negative indices count from the end.
  const fromEnd = array(
    numbers.shape,
    numbers.data.map((x) => x - depth),
    'integer',
  );
  const hit = sumOf(
    call,
    [numbers, fromEnd].map((wanted) => combined(call, 'equal', spread, wanted, 'boolean')),
  );
  return { ...affine(call, hit, { factor: scalar(on - off), offset: scalar(off) }), elements: 'integer' };
};

/** Float elements as others: a cast to integers rounds towards 0, one to booleans asks whether they are 0. */
export function cast(call: Call, value: OnnxValueOf, to: OnnxValueOf['elements']): OnnxValueOf {
  if (value.kind === 'array') {
    const change = to === 'integer' ? Math.trunc : to === 'boolean' ? (x: number) => Number(x !== 0) : undefined;
    return { ...value, elements: to, ...(change !== undefined && { data: value.data.map(change), name: undefined }) };
  }
  if (to === 'float' || value.elements === 'boolean' || value.elements === to) return { ...value, elements: to };
  const sign = applied(call, value, 'sign');
  if (to === 'boolean') return applied(call, sign, 'abs', {}, 'boolean');
  return combined(call, 'multiply', sign, applied(call, applied(call, value, 'abs'), 'floor'), 'integer');
}

export const heads: Operators = {
  Softmax: softmax(false),
  LogSoftmax: softmax(true),
  ArgMax: (call) => argMaxOf(call, viewOf(call, 0)),
  ArgMin: (call) => argMaxOf(call, affine(call, viewOf(call, 0), { factor: scalar(-1) })),
  OneHot: oneHot,
};
