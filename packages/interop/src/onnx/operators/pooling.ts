import type { Pair } from '@rheobase/network';
import { noPadding } from '@rheobase/network';
import type { Call, Operator, Operators } from '../call.js';
import { axisOf, int, integersOf, ints, isBatched, refuse, viewOf } from '../call.js';
import { affine, scalar } from '../affine.js';
import { applied, combined } from '../element-wise.js';
import { asImage, axesLast, imageView, inLayout, placedView } from '../layout.js';
import { MixesBatch } from '../refusal.js';
import type { OnnxArray, OnnxValueOf, OnnxView } from '../value.js';
import { array, inOrder, places, stridesOf, transposedPlaces } from '../value.js';
import type { Window } from '../window.js';
import { pairOf, windowOf } from '../window.js';

interface Pooled {
  readonly image: string;
  readonly axes: number;
  readonly window: Window;
}

function pooled(call: Call): Pooled & { readonly view: OnnxView } {
  const view = viewOf(call, 0);
  const axes = view.shape.length - 2;
  const image = asImage(call.draft, view);
  const [height = 1, width = 1] = call.draft.shapeOf(image);
  const size = pairOf(call, 'kernel_shape', ints(call, 'kernel_shape'), axes, 1);
  return { view, image, axes, window: windowOf(call, [height, width], size, axes) };
}

const maxPool: Operator = (call) => {
  if (call.reads(1)) return refuse('the places of its maxima are read');
  const { view, image, window } = pooled(call);
  const { size, stride, padding, dilation } = window;
  const fits = Math.max(padding.top, padding.bottom) < size[0] && Math.max(padding.left, padding.right) < size[1];
  if (dilation.every((step) => step === 1) && fits) {
    return imageView(
      call.draft,
      call.draft.add({ op: 'maxPool', inputs: [image], size, stride, padding }),
      view.shape.length,
    );
  }
  // Every window by itself, without what it misses: what lies in the padding repeats what does not.
  const [height = 1, width = 1, channels = 1] = call.draft.shapeOf(image);
  const elements = window.output[0] * size[0] * window.output[1] * size[1] * channels;
  if (!(elements <= mostApart))
    return refuse(`its dilated windows have ${elements} elements; ${mostApart} are the most`);
  const rows = taps(height, size[0], stride[0], dilation[0], padding.top, window.output[0]);
  const columns = taps(width, size[1], stride[1], dilation[1], padding.left, window.output[1]);
  const apart = windows(call, image, [height, width, channels], rows, columns);
  const node = call.draft.add({ op: 'maxPool', inputs: [apart], size, stride: size, padding: noPadding });
  return imageView(call.draft, node, view.shape.length);
};

/** Elements of all windows of a dilated pooling together. */
const mostApart = 2 ** 24;

/** An image with the given rows and columns of another. */
function windows(call: Call, image: string, shape: readonly number[], rows: Int32Array, columns: Int32Array): string {
  const strides = stridesOf(shape);
  const order = places(
    [rows.length, columns.length, shape[2] ?? 1],
    [rows.map((at) => at * (strides[0] ?? 1)), columns.map((at) => at * (strides[1] ?? 1)), inOrder(shape[2] ?? 1)],
  );
  const whole: OnnxView = {
    kind: 'view',
    node: image,
    shape,
    elements: 'float',
    at: inOrder(shape.reduce((a, b) => a * b, 1)),
  };
  return inLayout(call.draft, whole, [rows.length, columns.length, shape[2] ?? 1], order);
}

/** The rows that every window of a pooling has, one window after the other. */
function taps(
  length: number,
  size: number,
  stride: number,
  dilation: number,
  before: number,
  output: number,
): Int32Array {
  return new Int32Array(output * size).map((_, i) => {
    const start = Math.floor(i / size) * stride - before;
    const at = start + (i % size) * dilation;
    if (at >= 0 && at < length) return at;
    const inside = start < 0 ? start + Math.ceil(-start / dilation) * dilation : start;
    return inside < length && inside <= start + (size - 1) * dilation
      ? inside
      : refuse('one of its windows lies outside of its input');
  });
}

const averagePool: Operator = (call) => {
  const { view, image, window } = pooled(call);
  const { size, stride, padding, dilation } = window;
  const { draft } = call;
  const counts = int(call, 'count_include_pad', 0) === 1;
  const isPadded = Object.values(padding).some((side) => side > 0);
  const ofImage = (node: string): OnnxView => imageView(draft, node, view.shape.length);
  if (dilation.some((step) => step !== 1)) {
    if (isPadded && !counts) return refuse('its window is dilated and does not count its padding');
    const channels = draft.shapeOf(image)[2] ?? 1;
    const weight = new Float32Array(size[0] * size[1] * channels).fill(1 / (size[0] * size[1]));
    return ofImage(
      draft.add({
        op: 'conv2d',
        inputs: [image],
        weight: draft.parameter('weight', [...size, 1, channels], weight, `${call.node.name}.weight`),
        stride,
        padding,
        dilation,
        groups: channels,
      }),
    );
  }
  const fields = { op: 'avgPool', size, stride } as const;
  if (!counts || !isPadded) return ofImage(draft.add({ ...fields, inputs: [image], padding, divisor: 'inside' }));
  if (int(call, 'ceil_mode', 0) === 0)
    return ofImage(draft.add({ ...fields, inputs: [image], padding, divisor: 'window' }));
  // The padding of the file counts; what ceil_mode adds to it does not.
  const { bottom, right } = windowOf(
    { ...call, node: { ...call.node, attributes: { ...call.node.attributes, ceil_mode: 0 } } },
    imageSize(call, image),
    size,
    view.shape.length - 2,
  ).padding;
  const own = { ...padding, bottom: Math.min(bottom, padding.bottom), right: Math.min(right, padding.right) };
  const padded = draft.add({ op: 'pad', inputs: [image], padding: own, channels: { before: 0, after: 0 } }, 'pad');
  const rest = { ...noPadding, bottom: padding.bottom - own.bottom, right: padding.right - own.right };
  return ofImage(draft.add({ ...fields, inputs: [padded], padding: rest, divisor: 'inside' }));
};

function imageSize({ draft }: Call, image: string): Pair {
  const [height = 1, width = 1] = draft.shapeOf(image);
  return [height, width];
}

/** Over all rows and columns, which stay as axes of one. */
const globalPool =
  (kind: 'mean' | 'max'): Operator =>
  (call) => {
    const view = viewOf(call, 0);
    const axes = view.shape.map((_, axis) => axis).slice(2);
    return reduced(call, view, axes, true, kind);
  };

type Reduction = 'mean' | 'sum' | 'max';

/** The mean, sum or maximum over some axes. */
function reduced(call: Call, view: OnnxView, axes: readonly number[], keeps: boolean, kind: Reduction): OnnxView {
  const { draft } = call;
  const count = axes.reduce((size, axis) => size * (view.shape[axis] ?? 1), 1);
  const shape = keeps
    ? view.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : view.shape.filter((_, axis) => !axes.includes(axis));
  const total = (mean: OnnxView): OnnxView =>
    reshapedView(kind === 'sum' ? affine(call, mean, { factor: scalar(count) }) : mean, shape);
  if (count === 1) return reshapedView(view, shape);
  const isSpace =
    view.shape.length > 2 &&
    view.shape.length < 5 &&
    view.shape[0] === 1 &&
    axes.join() ===
      view.shape
        .map((_, axis) => axis)
        .slice(2)
        .join();
  const others = view.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const kept = others.reduce((size, axis) => size * (view.shape[axis] ?? 1), 1);
  const ofVector = (node: string): OnnxView => ({ kind: 'view', node, shape, elements: 'float', at: inOrder(kept) });
  if (isSpace) {
    const image = asImage(draft, view);
    const [rows = 1, columns = 1] = draft.shapeOf(image);
    if (kind !== 'max') return total(ofVector(draft.add({ op: 'globalAvgPool', inputs: [image] })));
    return ofVector(
      draft.add({ op: 'maxPool', inputs: [image], size: [rows, columns], stride: [rows, columns], padding: noPadding }),
    );
  }
  if (kind !== 'max') {
    const { node, order } = axesLast(draft, view, axes);
    const from = draft.shapeOf(node);
    const isImage = from.length === 3;
    const sum = draft.add({
      op: 'conv2d',
      inputs: [isImage ? node : draft.add({ op: 'reshape', inputs: [node], shape: [1, kept, count] }, 'reshape')],
      weight: draft.parameter(
        'weight',
        [1, 1, count, 1],
        new Float32Array(count).fill(kind === 'mean' ? 1 / count : 1),
        `${call.node.name}.weight`,
      ),
      stride: [1, 1],
      padding: noPadding,
      dilation: [1, 1],
      groups: 1,
    });
    // The elements that are kept, in the order of the view without the others.
    const ranks = ranksOf(view.shape, others);
    const own = Int32Array.from({ length: kept }, (_, i) => ranks[order[i * count] ?? 0] ?? 0);
    return placedView({ node: sum, order: own }, { shape, elements: 'float' });
  }
  const image = inLayout(draft, view, [count, 1, kept], transposedPlaces(view.shape, [...axes, ...others]));
  return ofVector(
    draft.add({ op: 'maxPool', inputs: [image], size: [count, 1], stride: [count, 1], padding: noPadding }),
  );
}

/** For each element of an array, its place in the array of some of the axes. */
function ranksOf(shape: readonly number[], axes: readonly number[]): Int32Array {
  const strides = stridesOf(axes.map((axis) => shape[axis] ?? 1));
  return places(
    shape,
    shape.map((size, axis) => {
      const at = axes.indexOf(axis);
      return Int32Array.from({ length: size }, (_, i) => (at < 0 ? 0 : i * (strides[at] ?? 1)));
    }),
  );
}

const reshapedView = (view: OnnxView, shape: readonly number[]): OnnxView => ({ ...view, shape });

const reductionOfConstant: Readonly<Record<Reduction, (values: readonly number[]) => number>> = {
  mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  sum: (values) => values.reduce((a, b) => a + b, 0),
  max: (values) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
};

/** @param before what each element becomes first, and the result then */
const reduce =
  (
    kind: Reduction | 'min' | 'product',
    before: (call: Call, value: OnnxValueOf) => OnnxValueOf = (_, value) => value,
    after: (call: Call, value: OnnxValueOf) => OnnxValueOf = (_, value) => value,
  ): Operator =>
  (call) => {
    const value = before(call, inputAt(call));
    const given = integersOf(call, 'axes', 1);
    const isAll = given === undefined || given.length === 0;
    if (isAll && int(call, 'noop_with_empty_axes', 0) === 1) return after(call, value);
    if (isAll && isBatched(call, value)) throw new MixesBatch();
    const axes = isAll
      ? value.shape.map((_, axis) => axis)
      : given.map((axis) => axisOf(call, value, axis)).toSorted((a, b) => a - b);
    const keeps = int(call, 'keepdims', 1) === 1;
    if (value.kind === 'array') return after(call, reducedArray(value, axes, keeps, kind));
    if (kind === 'product') return refuse('it multiplies values of the network with each other');
    if (kind !== 'min') return after(call, reduced(call, value, axes, keeps, kind));
    const negative = affine(call, value, { factor: scalar(-1) });
    return after(call, affine(call, reduced(call, negative, axes, keeps, 'max'), { factor: scalar(-1) }));
  };

function inputAt(call: Call): OnnxValueOf {
  return call.inputs[0] ?? refuse('it has no input');
}

function reducedArray(
  value: OnnxArray,
  axes: readonly number[],
  keeps: boolean,
  kind: Reduction | 'min' | 'product',
): OnnxArray {
  const others = value.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const shape = keeps
    ? value.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : others.map((axis) => value.shape[axis] ?? 1);
  const order = transposedPlaces(value.shape, [...others, ...axes]);
  const count = axes.reduce((size, axis) => size * (value.shape[axis] ?? 1), 1);
  const data = Array.from({ length: order.length / Math.max(count, 1) }, (_, i) => {
    const values = [...order.subarray(i * count, (i + 1) * count)].map((at) => value.data[at] ?? 0);
    if (kind === 'min') return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    return kind === 'product' ? values.reduce((a, b) => a * b, 1) : reductionOfConstant[kind](values);
  });
  return array(shape, data, value.elements);
}

const squared = (call: Call, value: OnnxValueOf): OnnxValueOf =>
  value.kind === 'view'
    ? combined(call, 'multiply', value, value)
    : array(
        value.shape,
        value.data.map((x) => x * x),
        'float',
      );

export const pooling: Operators = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalPool('mean'),
  'rheobase.flatPool': (call) =>
    reduced(
      call,
      viewOf(call, 0),
      viewOf(call, 0)
        .shape.map((_, axis) => axis)
        .slice(2),
      false,
      'mean',
    ),
  GlobalMaxPool: globalPool('max'),
  ReduceMean: reduce('mean'),
  ReduceSum: reduce('sum'),
  ReduceMax: reduce('max'),
  ReduceMin: reduce('min'),
  ReduceProd: reduce('product'),
  ReduceL1: reduce('sum', (call, value) => applied(call, value, 'abs')),
  ReduceL2: reduce('sum', squared, (call, value) => applied(call, value, 'sqrt')),
  ReduceSumSquare: reduce('sum', squared),
  ReduceLogSum: reduce('sum', undefined, (call, value) => applied(call, value, 'log')),
  ReduceLogSumExp: reduce(
    'sum',
    (call, value) => applied(call, value, 'exp'),
    (call, value) => applied(call, value, 'log'),
  ),
};
