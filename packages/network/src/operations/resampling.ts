import { count, object, oneOf } from '../decode.js';
import { fromOne, nodeDecoder, padding, pair } from '../decode-fields.js';
import type { Tap, Taps } from '../element-map.js';
import { allChannels, channelsOf, selection, taps } from '../element-map.js';
import type { PadNode, SubsampleNode, UpsampleNode } from '../node.js';
import type { Operation } from '../operation.js';
import { expectIntegers, expectPadding, greatestExtent, image } from '../shape-rules.js';

export const upsample: Operation<UpsampleNode> = {
  decode: nodeDecoder<UpsampleNode>('upsample', {
    inputs: fromOne,
    factor: pair,
    method: oneOf('nearest', 'bilinear'),
  }),
  shape: ({ factor }, [input = []]) => {
    const [height, width, channels] = image(input, 'its input');
    expectIntegers(factor, 'its factor', 1, greatestExtent);
    return [height * factor[0], width * factor[1], channels];
  },
  maps: ({ factor, method }, [from = []], to) => {
    const along = (axis: 0 | 1): Taps => {
      const [outputs, length, scale] = [to[axis] ?? 1, from[axis] ?? 1, factor[axis]];
      if (method === 'nearest') return selection(outputs, length, (output) => Math.floor(output / scale));
      return taps(outputs, length, (output): readonly Tap[] => {
        // Half-pixel centres, clamped at the edges.
        const source = Math.min(Math.max((output + 0.5) / scale - 0.5, 0), length - 1);
        const lower = Math.floor(source);
        const fraction = source - lower;
        return [
          { at: lower, factor: 1 - fraction },
          { at: Math.min(lower + 1, length - 1), factor: fraction },
        ];
      });
    };
    return [{ kind: 'image', slot: 0, rows: along(0), columns: along(1), channels: allChannels(to) }];
  },
  linear: true,
  integerProblems: ({ method }) => (method === 'nearest' ? [] : [`its ${method} method has no integer rule`]),
  notToInteger: ({ method }) =>
    method === 'nearest' ? undefined : 'bilinear upsampling has no integer rule; use nearest',
};

export const pad: Operation<PadNode> = {
  decode: nodeDecoder<PadNode>('pad', {
    inputs: fromOne,
    padding,
    channels: object<PadNode['channels']>({ before: count, after: count }),
  }),
  shape: (node, [input = []]) => {
    const [height, width, channels] = image(input, 'its input');
    const { padding: around, channels: extra } = node;
    expectPadding(around);
    expectIntegers([extra.before, extra.after], 'its channel padding (before, after)', 0, greatestExtent);
    return [
      height + around.top + around.bottom,
      width + around.left + around.right,
      channels + extra.before + extra.after,
    ];
  },
  maps: (node, [from = []], to) => {
    const along = (axis: 0 | 1, before: number): Taps =>
      selection(to[axis] ?? 1, from[axis] ?? 1, (output) => output - before);
    const channels = [{ to: node.channels.before, from: 0, length: channelsOf(from) }];
    return [
      {
        kind: 'image',
        slot: 0,
        rows: along(0, node.padding.top),
        columns: along(1, node.padding.left),
        channels,
      },
    ];
  },
  linear: true,
};

export const subsample: Operation<SubsampleNode> = {
  decode: nodeDecoder<SubsampleNode>('subsample', { inputs: fromOne, stride: pair }),
  shape: ({ stride }, [input = []]) => {
    const [height, width, channels] = image(input, 'its input');
    expectIntegers(stride, 'its stride', 1, greatestExtent);
    return [Math.ceil(height / stride[0]), Math.ceil(width / stride[1]), channels];
  },
  maps: ({ stride }, [from = []], to) => {
    const along = (axis: 0 | 1): Taps => selection(to[axis] ?? 1, from[axis] ?? 1, (output) => output * stride[axis]);
    return [{ kind: 'image', slot: 0, rows: along(0), columns: along(1), channels: allChannels(to) }];
  },
  linear: true,
};
