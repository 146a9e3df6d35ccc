import { networkLimits } from './network-limits.js';
import type { Padding, Pair } from './node.js';
import type { Parameter } from './parameter.js';
import { shortName } from './reading-limits.js';
import type { Shape } from './shape.js';
import { broadcastsTo, describeShape, sameShape, sizeOf } from './shape.js';

/** A fault of a node; shape inference adds the node's name. */
export class Mismatch extends Error {}

export function fail(message: string): never {
  throw new Mismatch(message);
}

/** Rows (or columns) of the output of a window that slides over `length + before + after`. */
export function slidingOutput(
  length: number,
  window: number,
  stride: number,
  before: number,
  after: number,
  dilation = 1,
): number {
  const reach = (window - 1) * dilation + 1;
  return Math.floor((length + before + after - reach) / stride) + 1;
}

export function image(shape: Shape, what: string): readonly [number, number, number] {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    return fail(`${what} must be an image [H, W, C], not ${describeShape(shape)}`);
  }
  return [height, width, channels];
}

export function lookUp(parameters: ReadonlyMap<string, Parameter>, name: string, part: string): Parameter {
  return parameters.get(name) ?? fail(`its ${part} is the parameter '${name}', which the network does not have`);
}

export function expectShape(
  parameters: ReadonlyMap<string, Parameter>,
  name: string,
  part: string,
  shape: Shape,
): void {
  const parameter = lookUp(parameters, name, part);
  if (!sameShape(parameter.shape, shape)) {
    fail(`its ${part} '${name}' has shape ${describeShape(parameter.shape)} where ${describeShape(shape)} is needed`);
  }
}

export function expectIntegers(values: readonly number[], what: string, least: number, most: number): void {
  for (const value of values) {
    if (!Number.isInteger(value) || value < least || value > most) {
      fail(`${what} must be integers from ${least} to ${most}, not ${shortName(values.join('×'))}`);
    }
  }
}

export const { elements: mostElements, extent: greatestExtent } = networkLimits;

/** Refuses a shape with more axes or elements than an engine can handle. */
export function expectSize(shape: Shape, what: string): void {
  if (shape.length > networkLimits.axes) {
    fail(`${what} would have ${shape.length} axes; ${networkLimits.axes} are the most`);
  }
  const size = sizeOf(shape);
  if (!(size <= mostElements)) {
    fail(`${what} ${describeShape(shape)} would have ${size} elements; ${mostElements} are the most`);
  }
}

export function expectPadding(padding: Padding): void {
  const { top, bottom, left, right } = padding;
  expectIntegers([top, bottom, left, right], 'its padding (top, bottom, left, right)', 0, greatestExtent);
}

export function windowed(
  [height, width, channels]: readonly [number, number, number],
  size: Pair,
  stride: Pair,
  padding: Padding,
  dilation: Pair = [1, 1],
): Pair {
  expectIntegers(size, 'its window', 1, greatestExtent);
  expectIntegers(stride, 'its stride', 1, greatestExtent);
  expectIntegers(dilation, 'its dilation', 1, greatestExtent);
  expectPadding(padding);
  const padded = [height + padding.top + padding.bottom, width + padding.left + padding.right, channels];
  expectSize(padded, 'its input with its padding');
  const rows = slidingOutput(height, size[0], stride[0], padding.top, padding.bottom, dilation[0]);
  const columns = slidingOutput(width, size[1], stride[1], padding.left, padding.right, dilation[1]);
  if (rows < 1 || columns < 1) {
    fail(`its ${size.join('×')} window does not fit into ${height}×${width} with its padding`);
  }
  return [rows, columns];
}

/** The shape of a value that a parameter is applied to element by element. */
export function elementwise(
  part: string,
  name: string,
  input: Shape,
  parameters: ReadonlyMap<string, Parameter>,
  most: 'channels' | 'elements',
): Shape {
  const { shape } = lookUp(parameters, name, part);
  if (!broadcastsTo(shape, input) || (most === 'channels' && shape.length > 1)) {
    const needed = most === 'channels' ? 'a scalar or one per channel' : 'a scalar, one per channel or one per element';
    fail(
      `its ${part} '${name}' has shape ${describeShape(shape)}, which does not apply to ${describeShape(input)}: ` +
        `${needed} is needed`,
    );
  }
  return input;
}
