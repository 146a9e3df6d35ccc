import type { Network, NetworkNode, Shape } from '@rheobase/network';
import { inferShapes, isWeighted, parameterOf, shapeAt, sizeOf } from '@rheobase/network';

/** Numbers that the slow reference reads for each element of a node's value. */
function readFor(node: NetworkNode, network: Network, input: Shape): number {
  if (isWeighted(node)) return sizeOf(parameterOf(network, node.weight).shape.slice(0, -1));
  if ('size' in node) return node.size[0] * node.size[1];
  return node.op === 'globalAvgPool' ? sizeOf(input) : 1;
}

/** Numbers that a step reads and keeps, borders of zeros included: what a simulation costs in time and memory, roughly. */
export function simulationCost(network: Network): number {
  const shapes = inferShapes(network);
  return network.nodes.reduce((cost, node) => {
    const input = node.inputs[0] === undefined ? [] : shapeAt(shapes, node.inputs[0]);
    const border = 'padding' in node && node.op !== 'pad' ? paddedSize(input, node.padding) : 0;
    return cost + sizeOf(shapeAt(shapes, node.name)) * readFor(node, network, input) + border;
  }, 0);
}

function paddedSize(
  [height = 1, width = 1, channels = 1]: Shape,
  {
    top,
    bottom,
    left,
    right,
  }: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number },
): number {
  return (height + top + bottom) * (width + left + right) * channels;
}
