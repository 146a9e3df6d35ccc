import { count, list, text } from '../decode.js';
import { fromOne, nodeDecoder } from '../decode-fields.js';
import { channelsOf } from '../element-map.js';
import type { ChannelShuffleNode, ConcatNode, SplitNode } from '../node.js';
import type { Operation } from '../operation.js';
import { shortName } from '../reading-limits.js';
import { describeShape, sameShape } from '../shape.js';
import { expectIntegers, fail, mostElements } from '../shape-rules.js';

export const concat: Operation<ConcatNode> = {
  decode: nodeDecoder<ConcatNode>('concat', { inputs: list(text) }),
  shape: (_, inputs) => {
    const first = inputs[0] ?? fail('it needs at least one input');
    const leading = first.slice(0, -1);
    for (const shape of inputs) {
      if (shape.length === 0 || !sameShape(shape.slice(0, -1), leading)) {
        fail(`its inputs ${inputs.map(describeShape).join(' and ')} differ in more than their channels`);
      }
    }
    return [...leading, inputs.reduce((channels, shape) => channels + (shape.at(-1) ?? 0), 0)];
  },
  maps: (_, inputs) => {
    let to = 0;
    return inputs.map((input, slot) => {
      const length = channelsOf(input);
      to += length;
      return { kind: 'channels', slot, channels: [{ to: to - length, from: 0, length }] };
    });
  },
  linear: true,
};

export const split: Operation<SplitNode> = {
  decode: nodeDecoder<SplitNode>('split', { inputs: fromOne, sizes: list(count), part: count }),
  shape: (node, [input = []]) => {
    const channels = input.at(-1) ?? fail('its input is a scalar');
    expectIntegers(node.sizes, 'its sizes', 1, mostElements);
    const total = node.sizes.reduce((sum, size) => sum + size, 0);
    if (total !== channels) {
      fail(`its parts ${shortName(node.sizes.join(' + '))} do not add up to ${channels} channels`);
    }
    const size =
      node.sizes[node.part] ?? fail(`it has no part ${node.part}; its parts are 0 to ${node.sizes.length - 1}`);
    return [...input.slice(0, -1), size];
  },
  maps: (node, _, to) => {
    const from = node.sizes.slice(0, node.part).reduce((sum, size) => sum + size, 0);
    return [{ kind: 'channels', slot: 0, channels: [{ to: 0, from, length: channelsOf(to) }] }];
  },
  linear: true,
};

export const channelShuffle: Operation<ChannelShuffleNode> = {
  decode: nodeDecoder<ChannelShuffleNode>('channelShuffle', { inputs: fromOne, groups: count }),
  shape: (node, [input = []]) => {
    const channels = input.at(-1) ?? fail('its input is a scalar');
    expectIntegers([node.groups], 'its groups', 1, mostElements);
    if (channels % node.groups !== 0) fail(`its ${channels} channels do not divide into ${node.groups} groups`);
    return input;
  },
  maps: ({ groups }, _, to) => {
    const perGroup = channelsOf(to) / groups;
    const channels = Array.from({ length: channelsOf(to) }, (_, channel) => ({
      to: channel,
      from: (channel % groups) * perGroup + Math.floor(channel / groups),
      length: 1,
    }));
    return [{ kind: 'channels', slot: 0, channels }];
  },
  linear: true,
};
