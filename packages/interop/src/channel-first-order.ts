import type { ElementMap, Network, NetworkNode, Shape } from '@rheobase/network';
import { inferShapes, mapsOf, shapeAt, sameShape } from '@rheobase/network';

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

/** The order of a vector whose elements stand in runs of its inputs'. */
function moved(name: string, maps: readonly ElementMap[], orders: readonly ChannelFirstOrder[]): ChannelFirstOrder {
  const unknown = orders.find(({ kind }) => kind === 'unknown');
  if (unknown !== undefined) return unknown;
  if (orders.every(({ kind }) => kind === 'same')) return same;
  const index: number[] = [];
  for (const map of maps) {
    for (const { to, from, length } of map.kind === 'channels' ? map.channels : []) {
      const order = orders[map.slot] ?? same;
      for (let i = 0; i < length; i += 1) {
        const at = order.kind === 'permuted' ? (order.index[from + i] ?? 0) - from : i;
        if (at < 0 || at >= length) {
          return { kind: 'unknown', reason: `'${name}' cuts a flattened image across its channels` };
        }
        index[to + i] = to + at;
      }
    }
  }
  return index.every((to, at) => to === at) ? same : { kind: 'permuted', index: Int32Array.from(index) };
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
  parameters: Network['parameters'],
): ChannelFirstOrder {
  // Every channel is computed from all: it stays where it was.
  if (node.op === 'softmax') return agreed(node.name, inputs);
  if (node.op === 'argMax') return same;
  const maps = mapsOf(node, shapes, output, parameters);
  if (maps.length === 0) return same;
  const [order = same] = inputs;
  const [shape = []] = shapes;
  if (maps.some(({ kind }) => kind === 'elements')) {
    const kept = output.length === 3 ? shape.length === 3 : shape.length === 1 && order.kind === 'same';
    return kept ? agreed(node.name, inputs) : { kind: 'unknown', reason: `'${node.name}' takes elements one by one` };
  }
  if (maps.every(({ kind }) => kind === 'order') && !sameShape(shape, output) && order.kind !== 'unknown') {
    if (output.length === 1 && shape.length === 3) return flattened(shape);
    return { kind: 'unknown', reason: `'${node.name}' makes a value of another kind out of its elements` };
  }
  return output.length === 1 && maps.every(({ kind }) => kind === 'channels')
    ? moved(node.name, maps, inputs)
    : agreed(node.name, inputs);
}

/** The {@link ChannelFirstOrder} of every node's value. */
export function channelFirstOrders(network: Network): ReadonlyMap<string, ChannelFirstOrder> {
  const shapes = inferShapes(network);
  const orders = new Map<string, ChannelFirstOrder>();
  for (const node of network.nodes) {
    const inputs = node.inputs.map((name) => orders.get(name) ?? same);
    const inputShapes = node.inputs.map((name) => shapeAt(shapes, name));
    orders.set(node.name, orderAt(node, inputs, inputShapes, shapeAt(shapes, node.name), network.parameters));
  }
  return orders;
}
