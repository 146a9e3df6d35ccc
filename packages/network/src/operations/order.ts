import { count, list } from '../decode.js';
import { fromOne, nodeDecoder } from '../decode-fields.js';
import { inOrder } from '../element-map.js';
import type { FlattenNode, ReshapeNode } from '../node.js';
import type { Operation } from '../operation.js';
import { describeShape, sizeOf } from '../shape.js';
import { expectIntegers, expectSize, fail, mostElements } from '../shape-rules.js';

export const flatten: Operation<FlattenNode> = {
  decode: nodeDecoder<FlattenNode>('flatten', { inputs: fromOne }),
  shape: (_, [input = []]) => [sizeOf(input)],
  maps: () => inOrder,
  linear: true,
};

export const reshape: Operation<ReshapeNode> = {
  decode: nodeDecoder<ReshapeNode>('reshape', { inputs: fromOne, shape: list(count) }),
  shape: ({ shape }, [input = []]) => {
    expectIntegers(shape, 'its dimensions', 1, mostElements);
    if (shape.length === 0) fail('its shape is empty; a single number is a vector [1]');
    expectSize(shape, 'its value');
    if (sizeOf(shape) !== sizeOf(input)) {
      fail(`it cannot turn ${describeShape(input)} (${sizeOf(input)} elements) into ${describeShape(shape)}`);
    }
    return shape;
  },
  maps: () => inOrder,
  linear: true,
};
