import type { Padding, Pair } from '@rheobase/network';
import type { Call } from './call.js';
import { int, ints, refuse, text } from './call.js';

/** A window that slides over an image; along a sequence, over an image of one row. */
export interface Window {
  readonly size: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
  /** Rows and columns of the output. */
  readonly output: Pair;
}

/** One number for rows and one for columns, of a list for the axes that an operator has. */
export function pairOf(call: Call, name: string, values: readonly number[], axes: number, otherwise: number): Pair {
  if (values.length === 0) return [otherwise, otherwise];
  if (values.length !== axes) return refuse(`its attribute '${name}' has ${values.length} numbers for ${axes} axes`);
  const [first = otherwise, second = otherwise] = values;
  return axes === 1 ? [otherwise, first] : [first, second];
}

/**
 * How an operator's window slides over an image.
 *
 * @param axes over which it slides in the file: 1 or 2
 */
export function windowOf(call: Call, [height, width]: Pair, size: Pair, axes: number): Window {
  const stride = pairOf(call, 'strides', ints(call, 'strides'), axes, 1);
  const dilation = pairOf(call, 'dilations', ints(call, 'dilations'), axes, 1);
  const along = [0, 1].map((axis) => {
    const i = axis === 0 ? 0 : 1;
    return axisWindow(call, i === 0 ? height : width, size[i], stride[i], dilation[i], padsAt(call, axes, i));
  });
  const [rows, columns] = along;
  if (rows === undefined || columns === undefined) return refuse('it has no window');
  return {
    size,
    stride,
    dilation,
    padding: { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after },
    output: [rows.output, columns.output],
  };
}

/** The padding that the file gives before and after an axis; a sequence has none above and below. */
export function padsAt(call: Call, axes: number, axis: 0 | 1): readonly [before: number, after: number] {
  const pads = ints(call, 'pads');
  if (pads.length > 0 && pads.length !== 2 * axes)
    return refuse(`its attribute 'pads' has ${pads.length} numbers for ${axes} axes`);
  if (axes === 1 && axis === 0) return [0, 0];
  const at = axes === 1 ? 0 : axis;
  return [pads[at] ?? 0, pads[at + axes] ?? 0];
}

interface AxisWindow {
  readonly before: number;
  readonly after: number;
  readonly output: number;
}

function axisWindow(
  call: Call,
  length: number,
  size: number,
  stride: number,
  dilation: number,
  [before, after]: readonly [number, number],
): AxisWindow {
  const reach = (size - 1) * dilation + 1;
  const mode = text(call, 'auto_pad', 'NOTSET');
  if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
    const output = Math.ceil(length / stride);
    const total = Math.max((output - 1) * stride + reach - length, 0);
    const less = Math.floor(total / 2);
    return mode === 'SAME_UPPER'
      ? { before: less, after: total - less, output }
      : { before: total - less, after: less, output };
  }
  if (mode !== 'NOTSET' && mode !== 'VALID' && mode !== '') return refuse(`its auto_pad '${mode}' is unknown`);
  const [start, end] = mode === 'VALID' ? [0, 0] : [before, after];
  const room = length + start + end - reach;
  if (int(call, 'ceil_mode', 0) === 0) return { before: start, after: end, output: Math.floor(room / stride) + 1 };
  const most = Math.ceil(room / stride) + 1;
  // A window that would begin in the padding at the end is none.
  const output = (most - 1) * stride >= length + start ? most - 1 : most;
  return { before: start, after: Math.max((output - 1) * stride + reach - length - start, 0), output };
}
