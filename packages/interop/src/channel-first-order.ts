import type { Network, NetworkNode, Shape } from '@rheobase/network';
import { inferShapes, shapeAt, sameShape } from '@rheobase/network';

/**
 * The order of the elements of a node's value in a program that stores images channels first, `[C, H, W]`, and flattens them so.
 *
 * - `same`: an image axis by axis, a vector element by element
 * - `permuted`: a vector whose element `i` is the element `index[i]` there
 * - `unknown`: it cannot be determined, and `reason` says why
 */
export type ChannelFirstOrder =
  | { readonly kind: 'same' }
  | { readonly kind: 'permuted'; readonly index: Int32Array }
  | { readonly kind: 'unknown'; readonly reason: string };

const same: ChannelFirstOrder = { kind: 'same' };

function flattened([height = 1, width = 1, channels = 1]: Shape): ChannelFirstOrder {
  const pixels = height * width;
  if (pixels === 1 || channels === 1) return same;
  const index = new Int32Array(pixels * channels);
  for (let at = 0; at < index.length; at += 1) index[at] = (at % channels) * pixels + Math.floor(at / channels);
  return { kind: 'permuted', index };
}

function indices(order: Exclude<ChannelFirstOrder, { kind: 'unknown' }>, length: number): Int32Array {
  return order.kind === 'permuted' ? order.index : Int32Array.from({ length }, (_, at) => at);
}

function joined(parts: readonly ChannelFirstOrder[], lengths: readonly number[]): ChannelFirstOrder {
  if (parts.every(({ kind }) => kind === 'same')) return same;
  const index: number[] = [];
  for (const [part, order] of parts.entries()) {
    if (order.kind === 'unknown') return order;
    const offset = index.length;
    for (const at of indices(order, lengths[part] ?? 0)) index.push(offset + at);
  }
  return index.every((to, at) => to === at) ? same : { kind: 'permuted', index: Int32Array.from(index) };
}

function piece(name: string, order: ChannelFirstOrder, begin: number, size: number): ChannelFirstOrder {
  if (order.kind !== 'permuted') return order;
  const index = order.index.slice(begin, begin + size).map((at) => at - begin);
  return index.every((at) => at >= 0 && at < size)
    ? { kind: 'permuted', index }
    : { kind: 'unknown', reason: `'${name}' cuts a flattened image across its channels` };
}

function equal(a: ChannelFirstOrder, b: ChannelFirstOrder): boolean {
  if (a.kind !== 'permuted' || b.kind !== 'permuted') return a.kind === b.kind;
  return a.index.every((to, at) => to === b.index[at]);
}

function agreed(name: string, orders: readonly ChannelFirstOrder[]): ChannelFirstOrder {
  const [first = same, ...others] = orders;
  const unknown = orders.find(({ kind }) => kind === 'unknown');
  if (unknown !== undefined) return unknown;
  return others.every((other) => equal(first, other))
    ? first
    : { kind: 'unknown', reason: `'${name}' joins a flattened image and a vector of another order` };
}

function orderAt(
  node: NetworkNode,
  inputs: readonly ChannelFirstOrder[],
  shapes: readonly Shape[],
  output: Shape,
): ChannelFirstOrder {
  const [order = same] = inputs;
  const [shape = []] = shapes;
  switch (node.op) {
    case 'input':
    case 'dense':
    case 'conv2d':
      return same;
    case 'flatten':
    case 'reshape':
      if (sameShape(shape, output) || order.kind === 'unknown') return order;
      if (output.length === 1 && shape.length === 3) return flattened(shape);
      return { kind: 'unknown', reason: `'${node.name}' makes a value of another kind out of its elements` };
    case 'concat':
      return output.length === 1
        ? joined(
            inputs,
            shapes.map(([length = 0]) => length),
          )
        : agreed(node.name, inputs);
    case 'split': {
      if (output.length !== 1) return order;
      const begin = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
      return piece(node.name, order, begin, output[0] ?? 0);
    }
    case 'channelShuffle':
      return order.kind === 'permuted'
        ? { kind: 'unknown', reason: `'${node.name}' shuffles a flattened image` }
        : order;
    default:
      return agreed(node.name, inputs);
  }
}

/** The {@link ChannelFirstOrder} of every node's value. */
export function channelFirstOrders(network: Network): ReadonlyMap<string, ChannelFirstOrder> {
  const shapes = inferShapes(network);
  const orders = new Map<string, ChannelFirstOrder>();
  for (const node of network.nodes) {
    const inputs = node.inputs.map((name) => orders.get(name) ?? same);
    const inputShapes = node.inputs.map((name) => shapeAt(shapes, name));
    orders.set(node.name, orderAt(node, inputs, inputShapes, shapeAt(shapes, node.name)));
  }
  return orders;
}
