import type { Network, Shape, WeightedNode } from '@rheobase/network';
import { parameterOf, shapeAt, sizeOf } from '@rheobase/network';

/**
 * For every position along one axis, how many (output position, kernel tap) pairs read it: at the border of an image
 * fewer than within.
 */
function readers(
  length: number,
  outputs: number,
  { kernel, stride, dilation, before }: Readonly<Record<'kernel' | 'stride' | 'dilation' | 'before', number>>,
): Float64Array {
  const counts = new Float64Array(length);
  for (let to = 0; to < outputs; to += 1) {
    for (let tap = 0; tap < kernel; tap += 1) {
      const from = to * stride + tap * dilation - before;
      if (from >= 0 && from < length) counts[from] = (counts[from] ?? 0) + 1;
    }
  }
  return counts;
}

/**
 * The number of weights that each element of a layer's input is multiplied with, over all of its output: what one spike
 * of it costs in accumulates. Of the input's shape; padding, stride, dilation and groups are counted as they are. A
 * weight of zero counts.
 */
export function connectionsPerInput(
  network: Network,
  node: WeightedNode,
  shapes: ReadonlyMap<string, Shape>,
): Float64Array {
  const input = shapeAt(shapes, node.inputs[0]);
  const output = shapeAt(shapes, node.name);
  const counts = new Float64Array(sizeOf(input));
  if (!('stride' in node)) return counts.fill(sizeOf(output));

  const kernel = parameterOf(network, node.weight).shape;
  const [height = 0, width = 0, channels = 0] = input;
  const [outputHeight = 0, outputWidth = 0, filters = 0] = output;
  const along = (axis: 0 | 1, length: number, outputs: number, before: number) =>
    readers(length, outputs, {
      kernel: kernel[axis] ?? 0,
      stride: node.stride[axis],
      dilation: node.dilation[axis],
      before,
    });
  const rows = along(0, height, outputHeight, node.padding.top);
  const columns = along(1, width, outputWidth, node.padding.left);
  const filtersPerGroup = filters / node.groups;
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const first = (y * width + x) * channels;
      counts.fill(row * column * filtersPerGroup, first, first + channels);
    });
  });
  return counts;
}

/** Every kernel tap at every output position, those that fall on padding too. */
export function denseConnections(network: Network, node: WeightedNode, shapes: ReadonlyMap<string, Shape>): number {
  const output = sizeOf(shapeAt(shapes, node.name));
  const weight = parameterOf(network, node.weight).shape;
  return output * sizeOf(weight.slice(0, -1));
}
