import type { NetworkNode, NodeOf, Pair, Shape } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';

/** Nodes that move, sum or select values without weights. */
export type WeightlessNode = Exclude<NetworkNode, NodeOf<'input' | 'conv2d' | 'dense'>>;

/** Called for every connection: element `from` of the node's input number `slot` reaches element `to` of its value. */
export type Connect = (slot: number, from: number, to: number) => void;

function axis(shape: Shape, index: number): number {
  const size = shape.at(index);
  if (size === undefined) throw new Error(`A value of shape [${shape.join(', ')}] has no axis ${index}.`);
  return size;
}

/** The positions along one axis that each output position reads; those outside are left out. */
type Reach = readonly (readonly number[])[];

function reach(outputs: number, length: number, sources: (to: number) => readonly number[]): Reach {
  return Array.from({ length: outputs }, (_, to) => sources(to).filter((from) => from >= 0 && from < length));
}

function window(outputs: number, length: number, size: number, stride: number, before: number): Reach {
  return reach(outputs, length, (to) => Array.from({ length: size }, (_, i) => to * stride + i - before));
}

function upsampled(outputs: number, length: number, factor: number, method: NodeOf<'upsample'>['method']): Reach {
  if (method === 'nearest') return reach(outputs, length, (to) => [Math.floor(to / factor)]);
  return reach(outputs, length, (to) => {
    // Half-pixel centres, held at the edges: a neighbour of weight zero, or the same one twice, is no connection of its own.
    const source = Math.min(Math.max((to + 0.5) / factor - 0.5, 0), length - 1);
    const lower = Math.floor(source);
    return source === lower ? [lower] : [lower, lower + 1];
  });
}

/** Connections of a node that treats every channel alike and rows and columns apart. */
function connectImage(from: Shape, to: Shape, rows: Reach, columns: Reach, connect: Connect, shift = 0): void {
  const [fromChannels, toChannels] = [axis(from, 2), axis(to, 2)];
  const fromColumns = axis(from, 1);
  rows.forEach((sourceRows, row) => {
    for (const y of sourceRows) {
      columns.forEach((sourceColumns, column) => {
        for (const x of sourceColumns) {
          const source = (y * fromColumns + x) * fromChannels;
          const target = (row * columns.length + column) * toChannels + shift;
          for (let c = 0; c < fromChannels; c += 1) connect(0, source + c, target + c);
        }
      });
    }
  });
}

/** Connections of a node that only moves channels: channel `to` of its value is channel `source(to)` of an input. */
function connectChannels(
  inputs: readonly Shape[],
  to: Shape,
  source: (channel: number) => readonly [slot: number, channel: number],
  connect: Connect,
): void {
  const channels = axis(to, -1);
  const positions = sizeOf(to) / channels;
  for (let channel = 0; channel < channels; channel += 1) {
    const [slot, from] = source(channel);
    const width = axis(inputs[slot] ?? [], -1);
    for (let i = 0; i < positions; i += 1) connect(slot, i * width + from, i * channels + channel);
  }
}

/**
 * Visits every connection of a node without weights: which input elements each element of its value is made from. An
 * average counts each element of its window that lies in the image.
 *
 * @param inputs shapes of the node's inputs
 * @param shape shape of its value
 */
export function forEachConnection(
  node: WeightlessNode,
  inputs: readonly Shape[],
  shape: Shape,
  connect: Connect,
): void {
  const from = inputs[0] ?? [];
  switch (node.op) {
    case 'avgPool':
    case 'maxPool': {
      const along = (i: 0 | 1, before: number) =>
        window(axis(shape, i), axis(from, i), node.size[i], node.stride[i], before);
      connectImage(from, shape, along(0, node.padding.top), along(1, node.padding.left), connect);
      return;
    }
    case 'globalAvgPool': {
      const channels = axis(shape, 0);
      for (let i = 0; i < sizeOf(from); i += 1) connect(0, i, i % channels);
      return;
    }
    case 'upsample': {
      const along = (i: 0 | 1) => upsampled(axis(shape, i), axis(from, i), node.factor[i], node.method);
      connectImage(from, shape, along(0), along(1), connect);
      return;
    }
    case 'subsample': {
      const along = (i: 0 | 1) => window(axis(shape, i), axis(from, i), 1, node.stride[i], 0);
      connectImage(from, shape, along(0), along(1), connect);
      return;
    }
    case 'pad': {
      const offset: Pair = [node.padding.top, node.padding.left];
      const along = (i: 0 | 1) => window(axis(shape, i), axis(from, i), 1, 1, offset[i]);
      connectImage(from, shape, along(0), along(1), connect, node.channels.before);
      return;
    }
    case 'add':
      inputs.forEach((_, slot) => {
        for (let i = 0; i < sizeOf(shape); i += 1) connect(slot, i, i);
      });
      return;
    case 'concat': {
      const sources = inputs.flatMap((input, slot) =>
        Array.from({ length: axis(input, -1) }, (_, channel) => [slot, channel] as const),
      );
      connectChannels(inputs, shape, (channel) => sources[channel] ?? [0, 0], connect);
      return;
    }
    case 'split': {
      const first = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
      connectChannels(inputs, shape, (channel) => [0, first + channel], connect);
      return;
    }
    case 'channelShuffle': {
      const perGroup = axis(shape, -1) / node.groups;
      const source = (channel: number) => (channel % node.groups) * perGroup + Math.floor(channel / node.groups);
      connectChannels(inputs, shape, (channel) => [0, source(channel)], connect);
      return;
    }
    case 'batchNorm':
    case 'activation':
    case 'neuron':
    case 'quantize':
    case 'scale':
    case 'flatten':
    case 'reshape':
    case 'output':
      for (let i = 0; i < sizeOf(shape); i += 1) connect(0, i, i);
  }
}
