import { count, list, text } from '../decode.js';
import { fromOne, nodeDecoder } from '../decode-fields.js';
import { inOrder } from '../element-map.js';
import type { InputNode, OutputNode } from '../node.js';
import type { Operation } from '../operation.js';
import { expectIntegers, expectSize, fail, mostElements } from '../shape-rules.js';
import { everyChannel } from '../value-bounds.js';

export const input: Operation<InputNode> = {
  decode: nodeDecoder<InputNode>('input', {
    inputs: (value, at) => {
      if (list(text)(value, at).length > 0) throw new Error(`${at} must be empty: an input reads no node.`);
      return [];
    },
    shape: list(count),
  }),
  shape: ({ shape }) => {
    expectIntegers(shape, 'its dimensions', 1, mostElements);
    if (shape.length === 0) fail('its shape is empty; an image is [H, W, C], a vector [C]');
    expectSize(shape, 'its value');
    return shape;
  },
  bounds: (_, _inputs, shape) => everyChannel(shape, -Infinity, Infinity),
  integerProblems: (_, { readers }) =>
    readers.every(({ op }) => op === 'quantize') ? [] : ['it is read by a node that does not quantize it'],
};

export const output: Operation<OutputNode> = {
  decode: nodeDecoder<OutputNode>('output', { inputs: fromOne }),
  shape: (_, [shape = []]) => shape,
  maps: () => inOrder,
};
