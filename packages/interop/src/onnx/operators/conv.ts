import type { Pair } from '@rheobase/network';
import { noPadding } from '@rheobase/network';
import type { Call, Operator, Operators } from '../call.js';
import { constantOf, int, ints, refuse, text, viewOf } from '../call.js';
import { asImage, imageView, inLayout } from '../layout.js';
import type { OnnxArray } from '../value.js';
import { every, movedArray, permutedArray, places, selected, stridesOf } from '../value.js';
import { padsAt, pairOf, windowOf } from '../window.js';

/** A kernel of two axes: one of one axis has one row. */
function flat(kernel: OnnxArray): OnnxArray {
  const [a = 1, b = 1, ...sides] = kernel.shape;
  if (sides.length === 2) return kernel;
  return sides.length === 1
    ? { ...kernel, shape: [a, b, 1, ...sides] }
    : refuse(`it slides over ${sides.length} axes; 1 or 2 are read`);
}

/** A parameter of a constant, named after it. */
function parameterOf(call: Call, role: 'weight' | 'bias', constant: OnnxArray, layout: string): string {
  const name = constant.name ?? `${call.node.name}.${role}`;
  const madeOf = constant.name === undefined ? undefined : `${layout} ${constant.name}`;
  return call.draft.parameter(role, constant.shape, constant.data, name, madeOf);
}

function bias(call: Call): { readonly bias?: string } {
  return call.inputs[2] === undefined ? {} : { bias: parameterOf(call, 'bias', constantOf(call, 2, 'bias'), 'bias') };
}

const conv: Operator = (call) => {
  const view = viewOf(call, 0);
  const given = constantOf(call, 1, 'kernel');
  const kernel = flat(given);
  const [filters = 1, , rows = 1, columns = 1] = kernel.shape;
  const axes = given.shape.length - 2;
  if (view.shape.length !== axes + 2)
    return refuse(`its kernel has ${axes} axes, its input [${view.shape.join(', ')}]`);
  const image = asImage(call.draft, view);
  const [height = 1, width = 1, channels = 1] = call.draft.shapeOf(image);
  const groups = int(call, 'group', 1);
  if (channels !== groups * (kernel.shape[1] ?? 1)) {
    return refuse(`its kernel [${given.shape.join(', ')}] in ${groups} groups does not fit ${channels} channels`);
  }
  if (filters % groups !== 0) return refuse(`${groups} groups do not divide its ${filters} filters`);
  const window = windowOf(call, [height, width], [rows, columns], axes);
  const weight = permutedArray(kernel, [2, 3, 1, 0]);
  const node = call.draft.add({
    op: 'conv2d',
    inputs: [image],
    weight: parameterOf(call, 'weight', weight, 'OIHW'),
    ...bias(call),
    stride: window.stride,
    padding: window.padding,
    dilation: window.dilation,
    groups,
  });
  return imageView(call.draft, node, view.shape.length);
};

/**
 * A transposed convolution: zeros between the rows and columns of the image, then a convolution with the kernel turned by 180°. The network
 * then has no operation of its own for it.
 */
const convTranspose: Operator = (call) => {
  const view = viewOf(call, 0);
  const given = constantOf(call, 1, 'kernel');
  const kernel = flat(given);
  const [channels = 1, , rows = 1, columns = 1] = kernel.shape;
  const axes = given.shape.length - 2;
  const groups = int(call, 'group', 1);
  const image = asImage(call.draft, view);
  const [height = 1, width = 1, own = 1] = call.draft.shapeOf(image);
  if (own !== channels || channels % groups !== 0) {
    return refuse(`its kernel [${given.shape.join(', ')}] in ${groups} groups does not fit ${own} channels`);
  }
  const stride = pairOf(call, 'strides', ints(call, 'strides'), axes, 1);
  const dilation = pairOf(call, 'dilations', ints(call, 'dilations'), axes, 1);
  const [top, left] = ([0, 1] as const).map((axis) =>
    spreadAxis(call, axes, axis, [height, width], [rows, columns], stride, dilation),
  );
  if (top === undefined || left === undefined) return refuse('it has no window');
  const padding = { top: top.before, bottom: top.after, left: left.before, right: left.after };
  const spread = inLayout(
    call.draft,
    imageView(call.draft, image, 4),
    [top.positions.length, left.positions.length, channels],
    transposedSelection([channels, height, width], top.positions, left.positions),
  );
  const turned = turnedKernel(kernel, groups);
  const node = call.draft.add({
    op: 'conv2d',
    inputs: [spread],
    weight: parameterOf(call, 'weight', turned, `transposed ${groups}`),
    ...bias(call),
    stride: [1, 1],
    padding: { ...noPadding, ...padding },
    dilation,
    groups,
  });
  return imageView(call.draft, node, view.shape.length);
};

/** Which elements of `[C, H, W]` an image `[rows, columns, C]` has. */
function transposedSelection(
  shape: readonly [number, number, number],
  rows: ArrayLike<number>,
  columns: ArrayLike<number>,
): Int32Array {
  const [plane, row, column] = stridesOf(shape);
  const scaled = (positions: ArrayLike<number>, step = 1) => Array.from(positions, (at) => (at < 0 ? -1 : at * step));
  return places(
    [rows.length, columns.length, shape[0]],
    [scaled(rows, row), scaled(columns, column), scaled(every(shape[0]), plane)],
  );
}

/** `[C, M/g, kH, kW]` to `[kH, kW, C/g, M]`, turned by 180°. */
function turnedKernel(kernel: OnnxArray, groups: number): OnnxArray {
  const [channels = 1, perGroup = 1, rows = 1, columns = 1] = kernel.shape;
  const own = channels / groups;
  const backwards = (size: number) => Int32Array.from({ length: size }, (_, i) => size - 1 - i);
  const turned = movedArray(
    kernel,
    kernel.shape,
    selected(kernel.shape, [every(channels), every(perGroup), backwards(rows), backwards(columns)]),
  );
  const grouped = permutedArray({ ...turned, shape: [groups, own, perGroup, rows, columns] }, [3, 4, 1, 0, 2]);
  return { ...grouped, shape: [rows, columns, own, groups * perGroup] };
}

interface SpreadAxis {
  /** The row (or column) that is at each place, −1 for zeros. */
  readonly positions: Int32Array;
  readonly before: number;
  readonly after: number;
}

function spreadAxis(
  call: Call,
  axes: number,
  axis: 0 | 1,
  lengths: Pair,
  sizes: Pair,
  strides: Pair,
  dilations: Pair,
): SpreadAxis {
  const [length, size, stride, dilation] = [lengths[axis], sizes[axis], strides[axis], dilations[axis]];
  const reach = (size - 1) * dilation + 1;
  const extra = pairOf(call, 'output_padding', ints(call, 'output_padding'), axes, 0)[axis];
  const full = (length - 1) * stride + reach + extra;
  const shape = ints(call, 'output_shape');
  const wanted =
    shape.length === 0 || (axes === 1 && axis === 0) ? undefined : shape.slice(-axes)[axes === 1 ? 0 : axis];
  const mode = text(call, 'auto_pad', 'NOTSET');
  let [start, end] = padsAt(call, axes, axis);
  if (mode === 'VALID') [start, end] = [0, 0];
  // A shape that is larger than what the windows reach gets zeros at its end.
  let beyond = 0;
  if (wanted !== undefined || mode.startsWith('SAME')) {
    const total = full - (wanted ?? length * stride);
    const less = Math.floor(Math.max(total, 0) / 2);
    const more = Math.max(total, 0) - less;
    [start, end] = mode === 'SAME_UPPER' ? [less, more] : [more, less];
    beyond = Math.max(-total, 0);
  }
  const [before, after] = [reach - 1 - start, reach - 1 - end + extra + beyond];
  // What a convolution cannot pad, because it is negative, is cut off the image.
  const [cutBefore, cutAfter] = [Math.max(-before, 0), Math.max(-after, 0)];
  const positions = Int32Array.from(
    { length: Math.max((length - 1) * stride + 1 - cutBefore - cutAfter, 0) },
    (_, i) => {
      const at = i + cutBefore;
      return at % stride === 0 ? at / stride : -1;
    },
  );
  return { positions, before: Math.max(before, 0), after: Math.max(after, 0) };
}

export const convolutions: Operators = { Conv: conv, ConvTranspose: convTranspose };
