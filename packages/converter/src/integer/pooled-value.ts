import type { NodeOf, Shape } from '@rheobase/network';
import { shapeAt } from '@rheobase/network';
import type { IntegerValue } from './integer-value.js';
import { type Rewriting, uniformValue } from './rewriting.js';

/** An average pooling as a sum; clipped windows are multiplied to a common divisor. */
export function pooledValue(rewriting: Rewriting, node: NodeOf<'avgPool'>): IntegerValue {
  const { written, shapes } = rewriting;
  const value = uniformValue(rewriting, node.inputs[0], node);
  const taps = node.size[0] * node.size[1];
  const padded = Object.values(node.padding).some((amount) => amount > 0);
  const byPosition = padded && node.divisor === 'inside';
  const name = byPosition ? written.freshName(`${node.name}.sum`) : node.name;
  written.add({ ...node, name, inputs: [value.node], divisor: 'none' });
  const sum = { ...value, node: name, magnitude: value.magnitude.map((most) => most * taps) };
  if (!byPosition) return { ...sum, unit: value.unit.map((unit) => unit / taps) };

  const counts = tapsInside(node, shapeAt(shapes, node.inputs[0]), shapeAt(shapes, node.name));
  const common = counts.reduce(leastCommonMultiple, 1);
  const [rows = 1, columns = 1] = shapeAt(shapes, node.name);
  const factor = written.place(`${node.name}.factor`, {
    role: 'scale',
    type: 'int32',
    shape: [rows, columns, 1],
    data: Int32Array.from(counts, (count) => common / count),
  });
  written.add({ op: 'scale', name: node.name, inputs: [name], factor });
  return {
    node: node.name,
    unit: value.unit.map((unit) => unit / common),
    // As in `integerBounds`, which assumes that a corner's window is full.
    magnitude: sum.magnitude.map((most) => (most * common) / Math.min(...counts)),
    grain: 'analog',
  };
}

/** A global average pooling as the sum of the whole image. */
export function globallyPooledValue(rewriting: Rewriting, node: NodeOf<'globalAvgPool'>): IntegerValue {
  const { written, shapes } = rewriting;
  const value = uniformValue(rewriting, node.inputs[0], node);
  const [height = 1, width = 1, channels = 1] = shapeAt(shapes, node.inputs[0]);
  const name = written.freshName(`${node.name}.sum`);
  written.add({
    op: 'avgPool',
    name,
    inputs: [value.node],
    size: [height, width],
    stride: [1, 1],
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
    divisor: 'none',
  });
  written.add({ op: 'reshape', name: node.name, inputs: [name], shape: [channels] });
  return {
    ...value,
    node: node.name,
    unit: value.unit.map((unit) => unit / (height * width)),
    magnitude: value.magnitude.map((most) => most * height * width),
  };
}

/** For each output pixel of a pooling, the number of pixels of its window inside the image, `[H, W]`. */
function tapsInside(node: NodeOf<'avgPool'>, from: Shape, to: Shape): readonly number[] {
  const along = (axis: 0 | 1, before: number): readonly number[] =>
    Array.from({ length: to[axis] ?? 1 }, (_, at) => {
      const start = at * node.stride[axis] - before;
      return Math.min(start + node.size[axis], from[axis] ?? 1) - Math.max(start, 0);
    });
  const columns = along(1, node.padding.left);
  return along(0, node.padding.top).flatMap((rows) => columns.map((each) => rows * each));
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
