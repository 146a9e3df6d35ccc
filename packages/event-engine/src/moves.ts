import type { NodeOf } from '@rheobase/network';
import { windowInside } from '@rheobase/spike-kernels';
import type { Layout } from './plan.js';

/** `length` values that one array takes from another, times a factor. */
export interface Run {
  readonly to: number;
  readonly from: number;
  readonly length: number;
  readonly factor: number;
}

/** Nodes that move or average values without weights. */
export type MovingNode = NodeOf<
  | 'avgPool'
  | 'globalAvgPool'
  | 'concat'
  | 'split'
  | 'channelShuffle'
  | 'upsample'
  | 'pad'
  | 'subsample'
  | 'flatten'
  | 'reshape'
>;

const place = ({ columns, pitch }: Layout, row: number, column: number): number => (row * columns + column) * pitch;

/** A pixel's share in another: its row or column, and its factor. */
interface Share {
  readonly at: number;
  readonly factor: number;
}

function image(
  from: Layout,
  to: Layout,
  rows: (row: number) => readonly Share[],
  columns: (column: number) => readonly Share[],
  shift = 0,
): Run[] {
  const runs: Run[] = [];
  for (let row = 0; row < to.rows; row++) {
    for (let column = 0; column < to.columns; column++) {
      for (const y of rows(row)) {
        for (const x of columns(column)) {
          const factor = y.factor * x.factor;
          if (factor === 0) continue;
          runs.push({
            to: place(to, row, column) + shift,
            from: place(from, y.at, x.at),
            length: from.channels,
            factor,
          });
        }
      }
    }
  }
  return runs;
}

const inside = (shares: readonly Share[], length: number): readonly Share[] =>
  shares.filter(({ at }) => at >= 0 && at < length);

function pooled({ size, stride, padding, divisor }: NodeOf<'avgPool'>, from: Layout, to: Layout): Run[] {
  // What lies inside is a product of rows and columns, so that each axis has its own divisor.
  const view = { source: from, window: { size, stride, top: padding.top, left: padding.left } };
  const window = (axis: 0 | 1) => (output: number) => {
    const [first, until] = windowInside(view, axis, output);
    const by = { none: 1, window: size[axis], inside: until - first }[divisor];
    return Array.from({ length: until - first }, (_, i) => ({ at: first + i, factor: 1 / by }));
  };
  return image(from, to, window(0), window(1));
}

function upsampled({ factor, method }: NodeOf<'upsample'>, from: Layout, to: Layout): Run[] {
  const neighbours =
    (scale: number, length: number) =>
    (output: number): readonly Share[] => {
      if (method === 'nearest') return [{ at: Math.floor(output / scale), factor: 1 }];
      const source = Math.min(Math.max((output + 0.5) / scale - 0.5, 0), length - 1);
      const lower = Math.floor(source);
      const share = source - lower;
      return [
        { at: lower, factor: 1 - share },
        { at: Math.min(lower + 1, length - 1), factor: share },
      ];
    };
  return image(from, to, neighbours(factor[0], from.rows), neighbours(factor[1], from.columns));
}

/** Elements in row-major order, from one layout to another. */
function inOrder(from: Layout, to: Layout): Run[] {
  const runs: Run[] = [];
  const total = from.rows * from.columns * from.channels;
  for (let i = 0; i < total; ) {
    const [out, into] = [i % from.channels, i % to.channels];
    const length = Math.min(from.channels - out, to.channels - into);
    runs.push({
      to: Math.floor(i / to.channels) * to.pitch + into,
      from: Math.floor(i / from.channels) * from.pitch + out,
      length,
      factor: 1,
    });
    i += length;
  }
  return runs;
}

/** Every pixel's channels `[first, first + length)`, behind `shift` others. */
function channels(from: Layout, to: Layout, first: number, length: number, shift: number): Run[] {
  return Array.from({ length: to.rows * to.columns }, (_, pixel) => ({
    to: pixel * to.pitch + shift,
    from: pixel * from.pitch + first,
    length,
    factor: 1,
  }));
}

const one = (at: number): readonly Share[] => [{ at, factor: 1 }];

/**
 * What a node without weights takes from its inputs: for each input, runs. Values of the result that no run reaches are zero; where runs meet
 * they add up.
 */
export function movesOf(node: MovingNode, inputs: readonly Layout[], to: Layout): readonly (readonly Run[])[] {
  const [from] = inputs;
  if (from === undefined) throw new Error(`'${node.name}' has no input.`);
  switch (node.op) {
    case 'avgPool':
      return [pooled(node, from, to)];
    case 'globalAvgPool': {
      const factor = 1 / (from.rows * from.columns);
      const every = (length: number) => () => Array.from({ length }, (_, at) => ({ at, factor: 1 }));
      return [image(from, to, every(from.rows), every(from.columns)).map((run) => ({ ...run, factor }))];
    }
    case 'upsample':
      return [upsampled(node, from, to)];
    case 'subsample':
      return [
        image(
          from,
          to,
          (row) => one(row * node.stride[0]),
          (column) => one(column * node.stride[1]),
        ),
      ];
    case 'pad':
      return [
        image(
          from,
          to,
          (row) => inside(one(row - node.padding.top), from.rows),
          (column) => inside(one(column - node.padding.left), from.columns),
          node.channels.before,
        ),
      ];
    case 'flatten':
    case 'reshape':
      return [inOrder(from, to)];
    case 'concat': {
      let before = 0;
      return inputs.map((input) => {
        before += input.channels;
        return channels(input, to, 0, input.channels, before - input.channels);
      });
    }
    case 'split': {
      const first = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
      return [channels(from, to, first, node.sizes[node.part] ?? 0, 0)];
    }
    case 'channelShuffle': {
      const perGroup = from.channels / node.groups;
      return [
        Array.from({ length: to.rows * to.columns * to.channels }, (_, i) => {
          const [pixel, channel] = [Math.floor(i / to.channels), i % to.channels];
          const source = (channel % node.groups) * perGroup + Math.floor(channel / node.groups);
          return { to: pixel * to.pitch + channel, from: pixel * from.pitch + source, length: 1, factor: 1 };
        }),
      ];
    }
  }
}
