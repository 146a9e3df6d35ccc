import { oneOf } from '../decode.js';
import { fromOne, nodeDecoder, window } from '../decode-fields.js';
import type { ElementMap, Taps } from '../element-map.js';
import { allChannels, taps } from '../element-map.js';
import type { AvgPoolNode, GlobalAvgPoolNode, MaxPoolNode } from '../node.js';
import type { Operation } from '../operation.js';
import type { Shape } from '../shape.js';
import { fail, image, windowed } from '../shape-rules.js';
import { eachBound, everyChannel, withZero } from '../value-bounds.js';

/** @param mayMiss whether a window may lie entirely in the padding */
function pooledShape({ size, stride, padding }: AvgPoolNode | MaxPoolNode, input: Shape, mayMiss: boolean): Shape {
  const shape = image(input, 'its input');
  const { top, bottom, left, right } = padding;
  const [rows, columns] = windowed(shape, size, stride, padding);
  if (!mayMiss && (Math.max(top, bottom) >= size[0] || Math.max(left, right) >= size[1])) {
    fail(`its padding is as large as its ${size.join('×')} window, so that a window could miss the image`);
  }
  return [rows, columns, shape[2]];
}

/** @param divisor divisor of a window along one axis, given how much of it lies inside the image */
function pooledMap(
  { size, stride, padding }: AvgPoolNode | MaxPoolNode,
  from: Shape,
  to: Shape,
  divisor: (axis: 0 | 1, inside: number) => number,
): readonly ElementMap[] {
  const along = (axis: 0 | 1, before: number): Taps => {
    const length = from[axis] ?? 1;
    return taps(to[axis] ?? 1, length, (output) => {
      const first = Math.max(output * stride[axis] - before, 0);
      const inside = Math.max(Math.min(output * stride[axis] - before + size[axis], length) - first, 0);
      const factor = 1 / divisor(axis, inside);
      return Array.from({ length: inside }, (_, i) => ({ at: first + i, factor }));
    });
  };
  const [rows, columns] = [along(0, padding.top), along(1, padding.left)];
  return [{ kind: 'image', slot: 0, rows, columns, channels: allChannels(to) }];
}

export const avgPool: Operation<AvgPoolNode> = {
  decode: nodeDecoder<AvgPoolNode>('avgPool', { ...window, divisor: oneOf('window', 'inside', 'none') }),
  shape: (node, [input = []]) => pooledShape(node, input, node.divisor !== 'inside'),
  // The area inside is rows × columns, so each axis has its own divisor.
  maps: (node, [from = []], to) =>
    pooledMap(node, from, to, (axis, inside) => ({ none: 1, window: node.size[axis], inside })[node.divisor]),
  linear: true,
  bounds: ({ size }, [input], shape) =>
    eachBound(withZero(input?.bounds ?? everyChannel(shape, 0, 0)), (value) => value * size[0] * size[1]),
  integerProblems: ({ divisor }) => (divisor === 'none' ? [] : ['it divides; a sum (divisor none) stays an integer']),
  notToInteger: ({ divisor }) => (divisor === 'none' ? 'it sums without dividing, as integer networks do' : undefined),
};

export const maxPool: Operation<MaxPoolNode> = {
  decode: nodeDecoder<MaxPoolNode>('maxPool', window),
  shape: (node, [input = []]) => pooledShape(node, input, false),
  maps: (node, [from = []], to) => pooledMap(node, from, to, () => 1),
};

export const globalAvgPool: Operation<GlobalAvgPoolNode> = {
  decode: nodeDecoder<GlobalAvgPoolNode>('globalAvgPool', { inputs: fromOne }),
  shape: (_, [input = []]) => [image(input, 'its input')[2]],
  maps: (_, [[height = 1, width = 1] = []], to) => {
    const every = (length: number, factor: number): Taps =>
      taps(1, length, () => Array.from({ length }, (_, at) => ({ at, factor })));
    const [rows, columns] = [every(height, 1 / (height * width)), every(width, 1)];
    return [{ kind: 'image', slot: 0, rows, columns, channels: allChannels(to) }];
  },
  linear: true,
  integer: false,
};
