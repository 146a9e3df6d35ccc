import { broadcast } from '../broadcast.js';
import { count, text } from '../decode.js';
import { fromOne, nodeDecoder } from '../decode-fields.js';
import { channelsOf, inOrder } from '../element-map.js';
import { networkLimits } from '../network-limits.js';
import type { QuantizeNode, ScaleNode } from '../node.js';
import type { Operation } from '../operation.js';
import { elementwise, expectIntegers } from '../shape-rules.js';
import { everyChannel, scaledBounds } from '../value-bounds.js';

const ofIntegers =
  'it is of an integer network, or of one with its own quantization; only spiking networks in float32 can be rewritten';

export const quantize: Operation<QuantizeNode> = {
  decode: nodeDecoder<QuantizeNode>('quantize', { inputs: fromOne, step: text, limit: count }),
  parameters: ['step'],
  shape: (node, [input = []], parameters) => {
    expectIntegers([node.limit], 'its limit', 1, networkLimits.levels);
    return elementwise('step', node.step, input, parameters, 'channels');
  },
  numbers: ({ step }, parameters) => {
    const steps = parameters.get(step)?.data ?? new Float32Array(0);
    const at = steps.findIndex((value) => value <= 0);
    return at < 0 ? [] : [`its step '${step}' is ${steps[at]} at element ${at}; a level's width must be above 0`];
  },
  maps: () => inOrder,
  bounds: (node, _, shape) => everyChannel(shape, -node.limit, node.limit),
  integerProblems: (node, { expectType }) => expectType(node.step, 'step', 'float32'),
  notToInteger: () => ofIntegers,
};

export const scale: Operation<ScaleNode> = {
  decode: nodeDecoder<ScaleNode>('scale', { inputs: fromOne, factor: text }),
  parameters: ['factor'],
  shape: (node, [input = []], parameters) => elementwise('factor', node.factor, input, parameters, 'elements'),
  maps: () => inOrder,
  bounds: (node, [input], shape, parameterOf) =>
    scaledBounds(
      input?.bounds ?? everyChannel(shape, 0, 0),
      broadcast(parameterOf(node.factor), shape),
      channelsOf(shape),
    ),
  integerProblems: (node, { readers, expectType }) =>
    readers.every(({ op }) => op === 'output') ? [] : expectType(node.factor, 'factor', 'int8', 'int16', 'int32'),
};
