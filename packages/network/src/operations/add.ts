import { list, text } from '../decode.js';
import { nodeDecoder } from '../decode-fields.js';
import type { AddNode } from '../node.js';
import type { Operation } from '../operation.js';
import { describeShape, sameShape } from '../shape.js';
import { fail } from '../shape-rules.js';
import { boundsOfSum, everyChannel } from '../value-bounds.js';

export const add: Operation<AddNode> = {
  decode: nodeDecoder<AddNode>('add', { inputs: list(text) }),
  shape: (node, inputs) => {
    const [input = []] = inputs;
    if (inputs.length < 2) fail('it adds fewer than two values');
    for (const shape of inputs) {
      if (!sameShape(shape, input)) {
        fail(
          `it adds values of different shapes: ` +
            node.inputs.map((name, i) => `'${name}' ${describeShape(inputs[i] ?? [])}`).join(', '),
        );
      }
    }
    return input;
  },
  maps: (node) => node.inputs.map((_, slot) => ({ kind: 'order', slot })),
  linear: true,
  bounds: (_, inputs, shape) => inputs.reduce((sum, { bounds }) => boundsOfSum(sum, bounds), everyChannel(shape, 0, 0)),
};
