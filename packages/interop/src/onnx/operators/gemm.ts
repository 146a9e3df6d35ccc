import { noPadding, sizeOf } from '@rheobase/network';
import { affine, scalar } from '../affine.js';
import type { Call, Operator, Operators } from '../call.js';
import { float, inputOf, int, isBatched, refuse } from '../call.js';
import { combined, sumOf } from '../element-wise.js';
import { anyLayout, axesLast, placedView, reshapedTo } from '../layout.js';
import { MixesBatch } from '../refusal.js';
import type { OnnxArray, OnnxValueOf, OnnxView } from '../value.js';
import {
  array,
  broadcastPlaces,
  broadcastShape,
  checkedSize,
  inOrder,
  moved,
  permutedValue,
  reshaped,
} from '../value.js';

/** The last two axes exchanged. */
function turned(value: OnnxValueOf): OnnxValueOf {
  const axes = value.shape.map((_, axis) => axis);
  return permutedValue(value, [...axes.slice(0, -2), axes.at(-1) ?? 0, axes.at(-2) ?? 0]);
}

/** The rows of a matrix in another order. */
function rowsInOrder({ shape: [, columns = 1], data }: OnnxArray, order: Int32Array): Float32Array {
  const rows = new Float32Array(data.length);
  order.forEach((row, i) => rows.set(data.subarray(row * columns, (row + 1) * columns), i * columns));
  return rows;
}

/** x·W for a matrix of constants: a dense layer of a vector, a 1×1 convolution of several rows. */
function timesMatrix(call: Call, view: OnnxView, matrix: OnnxArray): OnnxView {
  const { draft } = call;
  const [inputs = 1, outputs = 1] = matrix.shape;
  const shape = [...view.shape.slice(0, -1), outputs];
  const rows = sizeOf(view.shape.slice(0, -1));
  const name = matrix.name ?? `${call.node.name}.weight`;
  const madeOf = (layout: string): string | undefined => matrix.name && `${layout} ${matrix.name}`;
  if (rows === 1) {
    // Rows of the matrix go where the elements are, so that nothing need be moved.
    const { node, order } = anyLayout(draft, view);
    const inPlace = order === inOrder(inputs);
    const own = inPlace ? matrix.data : rowsInOrder(matrix, order);
    const dense = draft.add({
      op: 'dense',
      inputs: [reshapedTo(draft, node, [inputs])],
      weight: draft.parameter('weight', matrix.shape, own, name, inPlace ? madeOf('dense') : undefined),
    });
    return { kind: 'view', node: dense, shape, elements: 'float', at: inOrder(outputs) };
  }
  const { node, order } = axesLast(draft, view, [view.shape.length - 1]);
  const from = draft.shapeOf(node);
  const conv = draft.add({
    op: 'conv2d',
    inputs: [from.length === 3 ? node : reshapedTo(draft, node, [1, rows, inputs])],
    weight: draft.parameter('weight', [1, 1, inputs, outputs], matrix.data, name, madeOf('pointwise')),
    stride: [1, 1],
    padding: noPadding,
    dilation: [1, 1],
    groups: 1,
  });
  const own = Int32Array.from({ length: rows * outputs }, (_, i) => {
    const row = Math.floor((order[Math.floor(i / outputs) * inputs] ?? 0) / inputs);
    return row * outputs + (i % outputs);
  });
  return placedView({ node: conv, order: own }, { shape, elements: 'float' });
}

/** A·B for two values: products of all pairs, and their sums. */
function ofValues(call: Call, a: OnnxView, b: OnnxView): OnnxView {
  const { draft } = call;
  const [rows = 1, inner = 1] = a.shape.slice(-2);
  const columns = b.shape.at(-1) ?? 1;
  const outer = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (outer === undefined) return refuse('the matrices of its inputs do not broadcast');
  const shape = [...outer, rows, columns, inner];
  checkedSize(shape);
  const spread = (view: OnnxView, own: readonly number[]): OnnxValueOf => {
    const from = [...view.shape.slice(0, -2), ...own];
    return moved(reshaped(view, from), shape, broadcastPlaces(from, shape));
  };
  const right = turned(b);
  if (right.kind !== 'view') return refuse('it is constant');
  const product = combined(call, 'multiply', spread(a, [rows, 1, inner]), spread(right, [1, columns, inner]));
  const { node, order } = axesLast(draft, product, [shape.length - 1]);
  const sum = draft.add({
    op: 'conv2d',
    inputs: [reshapedTo(draft, node, [1, sizeOf(shape) / inner, inner])],
    weight: draft.parameter('weight', [1, 1, inner, 1], new Float32Array(inner).fill(1), `${call.node.name}.weight`),
    stride: [1, 1],
    padding: noPadding,
    dilation: [1, 1],
    groups: 1,
  });
  const own = Int32Array.from({ length: sizeOf(shape) / inner }, (_, i) => Math.floor((order[i * inner] ?? 0) / inner));
  return placedView({ node: sum, order: own }, { shape: shape.slice(0, -1), elements: 'float' });
}

function ofConstants(a: OnnxArray, b: OnnxArray): OnnxArray {
  const [rows = 1, inner = 1] = a.shape.slice(-2);
  const columns = b.shape.at(-1) ?? 1;
  const outer = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (outer === undefined) return refuse('the matrices of its inputs do not broadcast');
  const count = checkedSize([...outer, rows, columns]) / (rows * columns);
  const at = (value: OnnxArray) => {
    const lead = value.shape.slice(0, -2);
    const from = broadcastPlaces(lead, outer);
    return (matrix: number) => (from[matrix] ?? 0) * sizeOf(value.shape.slice(-2));
  };
  const [startA, startB] = [at(a), at(b)];
  const data = Float64Array.from({ length: count * rows * columns }, (_, i) => {
    const [column, row, matrix] = [i % columns, Math.floor(i / columns) % rows, Math.floor(i / (rows * columns))];
    let sum = 0;
    for (let k = 0; k < inner; k += 1) {
      sum += (a.data[startA(matrix) + row * inner + k] ?? 0) * (b.data[startB(matrix) + k * columns + column] ?? 0);
    }
    return sum;
  });
  return array([...outer, rows, columns], data, 'float');
}

/** The product of values of two axes or more. */
function product(call: Call, a: OnnxValueOf, b: OnnxValueOf): OnnxValueOf {
  if (a.shape.at(-1) !== b.shape.at(-2)) {
    return refuse(`its inputs [${a.shape.join(', ')}] and [${b.shape.join(', ')}] do not fit`);
  }
  if (a.kind === 'array' && b.kind === 'array') return ofConstants(a, b);
  if (isBatched(call, b) && b.shape.length === 2) throw new MixesBatch();
  const outer = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const mixes = [a, b].some(
    (value) =>
      isBatched(call, value) && value.shape.length > 2 && (outer?.length !== value.shape.length - 2 || outer[0] !== 1),
  );
  if (mixes || (isBatched(call, a) && a.shape.length < b.shape.length)) throw new MixesBatch();
  if (a.kind === 'view' && b.kind === 'view') {
    if (isBatched(call, a) && a.shape.length !== b.shape.length) throw new MixesBatch();
    return ofValues(call, a, b);
  }
  if (a.kind === 'view' && b.kind === 'array') {
    return sizeOf(b.shape.slice(0, -2)) === 1
      ? timesMatrix(call, a, matrixOf(b))
      : ofValues(call, a, constantView(call, a, b));
  }
  if (b.kind === 'view' && a.kind === 'array') {
    // A·X is the transpose of Xᵀ·Aᵀ.
    const [left, right] = [turned(b), turned(a)];
    if (left.kind === 'view' && right.kind === 'array' && sizeOf(a.shape.slice(0, -2)) === 1) {
      return turned(timesMatrix(call, left, matrixOf(right)));
    }
  }
  return refuse(
    `it multiplies several matrices of constants [${a.shape.join(', ')}] with a value [${b.shape.join(', ')}]`,
  );
}

const matrixOf = (value: OnnxArray): OnnxArray => ({ ...value, shape: value.shape.slice(-2) });

/** Constants as a value of the network, for the product of two values. */
function constantView(call: Call, like: OnnxView, constant: OnnxArray): OnnxView {
  const nowhere: OnnxView = { ...like, shape: constant.shape, at: new Int32Array(constant.data.length).fill(-1) };
  return affine(call, nowhere, { offset: constant });
}

const matMul: Operator = (call) => {
  const [a, b] = [inputOf(call, 0), inputOf(call, 1)];
  if (a.shape.length === 0 || b.shape.length === 0) return refuse('one of its inputs is a single number');
  // A vector is a row on the left and a column on the right, and the result lacks that axis.
  const [isRow, isColumn] = [a.shape.length === 1, b.shape.length === 1];
  if ((isRow && isBatched(call, a)) || (isColumn && isBatched(call, b))) throw new MixesBatch();
  const left = isRow ? reshaped(a, [1, ...a.shape]) : a;
  const right = isColumn ? reshaped(b, [...b.shape, 1]) : b;
  const result = product(call, left, right);
  const shape = result.shape.filter(
    (_, axis) => !(isRow && axis === result.shape.length - 2) && !(isColumn && axis === result.shape.length - 1),
  );
  return reshaped(result, shape);
};

const gemm: Operator = (call) => {
  const [a, b] = [inputOf(call, 0), inputOf(call, 1)];
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    return refuse(`its inputs [${a.shape.join(', ')}] and [${b.shape.join(', ')}] are not two matrices`);
  }
  const left = int(call, 'transA', 0) === 1 ? turned(a) : a;
  if (int(call, 'transA', 0) === 1 && isBatched(call, a)) throw new MixesBatch();
  const right = int(call, 'transB', 0) === 1 ? turned(b) : b;
  const scale = float(call, 'alpha', 1);
  const weight =
    right.kind === 'array' && scale !== 1
      ? { ...right, name: undefined, data: right.data.map((value) => value * scale) }
      : right;
  const multiplied = product(call, left, weight);
  const scaled =
    weight !== right || scale === 1
      ? multiplied
      : multiplied.kind === 'view'
        ? affine(call, multiplied, { factor: scalar(scale) })
        : { ...multiplied, data: multiplied.data.map((value) => value * scale) };
  const beta = float(call, 'beta', 1);
  const c = call.inputs[2];
  if (c === undefined || beta === 0) return scaled;
  return withBias(call, scaled, c, beta);
};

function withBias(call: Call, value: OnnxValueOf, c: OnnxValueOf, beta: number): OnnxValueOf {
  if (value.kind === 'array' && c.kind === 'array') {
    const from = broadcastPlaces(c.shape, value.shape);
    return array(
      value.shape,
      value.data.map((x, i) => x + beta * (c.data[from[i] ?? 0] ?? 0)),
      'float',
    );
  }
  if (c.kind === 'array' && value.kind === 'view') {
    const shape = broadcastShape(c.shape, value.shape);
    if (shape?.join() !== value.shape.join()) {
      if (isBatched(call, value)) throw new MixesBatch();
      return refuse(`its input 2 [${c.shape.join(', ')}] does not broadcast to [${value.shape.join(', ')}]`);
    }
    return addBias(call, value, beta === 1 ? c : { ...c, name: undefined, data: c.data.map((x) => x * beta) });
  }
  if (c.kind === 'view' && value.kind === 'view') {
    const spread = moved(c, value.shape, broadcastPlaces(c.shape, value.shape));
    if (spread.kind !== 'view') return refuse('it is constant');
    return sumOf(call, [value, affine(call, spread, { factor: scalar(beta) })]);
  }
  return refuse('its product is constant, and what it adds is not');
}

/** The bias of a layer that has just been made keeps its name; anything else is added. */
function addBias(call: Call, view: OnnxView, c: OnnxArray): OnnxView {
  const layer = call.draft.openLayer(view.node);
  const columns = view.shape.at(-1) ?? 1;
  if (layer !== undefined && layer.bias === undefined && sizeOf(c.shape) === columns && c.shape.at(-1) === columns) {
    const bias = call.draft.parameter('bias', [columns], c.data, c.name ?? `${call.node.name}.bias`, c.name);
    call.draft.replace({ ...layer, bias });
    return view;
  }
  return affine(call, view, { offset: c });
}

export const products: Operators = { Gemm: gemm, MatMul: matMul };
