import type { Pair } from '@rheobase/network';
import { noPadding } from '@rheobase/network';
import type { Call, Operator, Operators } from '../call.js';
import { attributeOf, constantOf, float, inputOf, int, integersIn, ints, isBatched, refuse, text } from '../call.js';
import { asImage, axesLast, imageView, placedView } from '../layout.js';
import { MixesBatch } from '../refusal.js';
import type { OnnxValueOf, OnnxView } from '../value.js';
import { every, moved, selected } from '../value.js';

/** How one axis changes. */
interface Change {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  /** Of the file; from the sizes, where it gives those. */
  readonly scale: number;
}

/** Where an output position is in the input. */
type Coordinate = (to: number, change: Change) => number;

const coordinates: ReadonlyMap<string, Coordinate> = new Map<string, Coordinate>([
  ['half_pixel', (to, { scale }) => (to + 0.5) / scale - 0.5],
  [
    'half_pixel_symmetric',
    (at, { scale, from, to }) => {
      const adjustment = to / (scale * from);
      return (from / 2) * (1 - adjustment) + (at + 0.5) / scale - 0.5;
    },
  ],
  ['pytorch_half_pixel', (at, { scale, to }) => (to > 1 ? (at + 0.5) / scale - 0.5 : 0)],
  ['align_corners', (at, { from, to }) => (to > 1 ? (at * (from - 1)) / (to - 1) : 0)],
  ['asymmetric', (to, { scale }) => to / scale],
  ['tf_half_pixel_for_nn', (to, { scale }) => (to + 0.5) / scale],
]);

const roundings: ReadonlyMap<string, (at: number) => number> = new Map([
  ['round_prefer_floor', (at: number) => Math.ceil(at - 0.5)],
  ['round_prefer_ceil', (at: number) => Math.floor(at + 0.5)],
  ['floor', Math.floor],
  ['ceil', Math.ceil],
]);

const inside = (at: number, { from }: Change): number => Math.min(Math.max(at, 0), from - 1);

/** The weights of input positions in one of the output. */
type Taps = readonly (readonly [at: number, weight: number])[];

function linearTaps(at: number, change: Change): Taps {
  const low = Math.floor(at);
  return [
    [inside(low, change), 1 - (at - low)],
    [inside(low + 1, change), at - low],
  ];
}

function cubicTaps(a: number): (at: number, change: Change) => Taps {
  const weight = (distance: number): number => {
    const d = Math.abs(distance);
    if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
    return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
  };
  return (at, change) => {
    const low = Math.floor(at);
    return [-1, 0, 1, 2].map((step) => [inside(low + step, change), weight(at - low - step)] as const);
  };
}

/** One axis of a value, each position of the result a weighted sum of some of the input: a 1×1 convolution over it. */
function interpolated(call: Call, view: OnnxView, change: Change, tapsAt: (to: number) => Taps): OnnxView {
  const { draft } = call;
  const { node, order } = axesLast(draft, view, [change.axis]);
  const { from, to } = change;
  const kernel = new Float32Array(from * to);
  for (let i = 0; i < to; i += 1) {
    for (const [at, weight] of tapsAt(i)) kernel[at * to + i] = (kernel[at * to + i] ?? 0) + weight;
  }
  const image =
    draft.shapeOf(node).length === 3
      ? node
      : draft.add({ op: 'reshape', inputs: [node], shape: [1, view.at.length / from, from] }, 'reshape');
  const conv = draft.add({
    op: 'conv2d',
    inputs: [image],
    weight: draft.parameter('weight', [1, 1, from, to], kernel, `${call.node.name}.weight`),
    stride: [1, 1],
    padding: noPadding,
    dilation: [1, 1],
    groups: 1,
  });
  const shape = view.shape.with(change.axis, to);
  const stride = shape.slice(change.axis + 1).reduce((size, side) => size * side, 1);
  const own = Int32Array.from({ length: (order.length / from) * to }, (_, i) => {
    // The element of the input at position 0 of the axis, and where that is in a longer axis.
    const first = order[Math.floor(i / to) * from] ?? 0;
    return Math.floor(first / (stride * from)) * stride * to + (first % stride) + (i % to) * stride;
  });
  return placedView({ node: conv, order: own }, { shape, elements: 'float' });
}

/** What the file says of the axes that change: factors, or sizes. */
function changes(call: Call, value: OnnxValueOf): readonly Change[] {
  const axes =
    attributeOf(call, 'axes') === undefined
      ? value.shape.map((_, axis) => axis)
      : ints(call, 'axes').map((axis) => (axis < 0 ? axis + value.shape.length : axis));
  const { scales, sizes } = target(call, value);
  const given = scales ?? sizes ?? refuse('it has neither scales nor sizes');
  if (given.length !== axes.length)
    return refuse(`its ${given.length} ${scales ? 'scales' : 'sizes'} do not fit ${axes.length} axes`);
  return axes.flatMap((axis, i) => {
    const from = value.shape[axis] ?? 1;
    const number = given[i] ?? 1;
    // A batch of a size that the file fixes is one sample here.
    if (axis === 0 && sizes !== undefined && isBatched(call, value) && number === call.batch) return [];
    const to = scales === undefined ? number : Math.floor(from * number + 1e-9);
    if (!Number.isInteger(to) || to < 1) return refuse(`its axis ${axis} would have ${to} elements`);
    if (to === from && (scales === undefined || number === 1)) return [];
    if (axis === 0 && isBatched(call, value)) throw new MixesBatch();
    return [{ axis, from, to, scale: scales === undefined ? to / from : number }];
  });
}

function target(
  call: Call,
  value: OnnxValueOf,
): { readonly scales?: readonly number[]; readonly sizes?: readonly number[] } {
  if (call.node.type === 'Upsample') {
    const scales = attributeOf(call, 'scales');
    if (typeof scales === 'object' && 'floats' in scales) return { scales: scales.floats };
    if (attributeOf(call, 'height_scale') !== undefined) {
      return {
        scales: [1, 1, float(call, 'height_scale', 1), float(call, 'width_scale', 1)].slice(0, value.shape.length),
      };
    }
    return { scales: integersIn(constantOf(call, 1, 'scales')) };
  }
  const at = call.opset < 11 ? 1 : 2;
  const [scales, sizes] = [call.inputs[at], call.inputs[3]].map((input, i) => {
    if (input === undefined || input.shape.includes(0)) return undefined;
    return integersIn(constantOf(call, i === 0 ? at : 3, i === 0 ? 'scales' : 'sizes'));
  });
  return { ...(scales && { scales }), ...(sizes && scales === undefined && { sizes }) };
}

const resize: Operator = (call) => {
  const value = inputOf(call, 0);
  if (int(call, 'antialias', 0) === 1) return refuse('it smooths what it makes smaller (antialias), which is not read');
  if (int(call, 'exclude_outside', 0) === 1)
    return refuse('it leaves out what is outside (exclude_outside), which is not read');
  const policy = text(call, 'keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') return refuse(`its keep_aspect_ratio_policy '${policy}' is not read; only 'stretch' is`);
  const isOld = call.node.type === 'Upsample' || call.opset < 11;
  const mode = text(call, 'mode', 'nearest');
  const name = text(call, 'coordinate_transformation_mode', isOld ? 'asymmetric' : 'half_pixel');
  const coordinate = coordinates.get(name) ?? refuse(`its coordinate_transformation_mode '${name}' is not read`);
  const all = changes(call, value);
  if (mode === 'nearest') {
    const rounding = text(call, 'nearest_mode', isOld ? 'floor' : 'round_prefer_floor');
    const round = roundings.get(rounding) ?? refuse(`its nearest_mode '${rounding}' is unknown`);
    const along = value.shape.map((size, axis): ArrayLike<number> => {
      const change = all.find((one) => one.axis === axis);
      return change === undefined
        ? every(size)
        : Int32Array.from({ length: change.to }, (_, i) => inside(round(coordinate(i, change)), change));
    });
    return moved(
      value,
      along.map(({ length }) => length),
      selected(value.shape, along),
    );
  }
  if (value.kind === 'array') return refuse('it interpolates a constant');
  const taps =
    mode === 'cubic'
      ? cubicTaps(float(call, 'cubic_coeff_a', -0.75))
      : mode === 'linear' || mode === 'bilinear'
        ? linearTaps
        : refuse(`its mode '${mode}' is unknown`);
  const factor = bilinearFactor(value, all, name);
  if (taps === linearTaps && factor !== undefined) {
    const node = call.draft.add({ op: 'upsample', inputs: [asImage(call.draft, value)], factor, method: 'bilinear' });
    return imageView(call.draft, node, 4);
  }
  return all.reduce(
    (view, change) => interpolated(call, view, change, (to) => taps(coordinate(to, change), change)),
    value,
  );
};

/** The integer factors of an image's rows and columns, if it samples at half-pixel centres as `upsample` does. */
function bilinearFactor(view: OnnxView, all: readonly Change[], name: string): Pair | undefined {
  if (view.shape.length !== 4 || view.shape[0] !== 1 || all.length === 0 || all.some(({ axis }) => axis < 2))
    return undefined;
  if (name !== 'half_pixel' && name !== 'pytorch_half_pixel') return undefined;
  const factor = (axis: number): number => all.find((change) => change.axis === axis)?.scale ?? 1;
  const [rows, columns] = [factor(2), factor(3)];
  return [rows, columns].every((side) => Number.isInteger(side)) ? [rows, columns] : undefined;
}

export const resizing: Operators = { Resize: resize, Upsample: resize };
