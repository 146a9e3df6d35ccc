import { text } from '../decode.js';
import { fromOne, nodeDecoder } from '../decode-fields.js';
import type { GatherNode } from '../node.js';
import type { Operation, Parameters } from '../operation.js';
import { describeShape, sizeOf } from '../shape.js';
import { fail, lookUp } from '../shape-rules.js';

/** Its indices, which shape inference has checked. */
const sourcesOf = ({ indices }: GatherNode, parameters: Parameters): Int32Array => {
  const parameter = parameters.get(indices);
  return parameter?.type === 'int32' ? parameter.data : new Int32Array(0);
};

export const gather: Operation<GatherNode> = {
  decode: nodeDecoder<GatherNode>('gather', { inputs: fromOne, indices: text }),
  parameters: ['indices'],
  shape: (node, [input = []], parameters) => {
    const { role, type, shape, data } = lookUp(parameters, node.indices, 'indices');
    if (role !== 'indices' || type !== 'int32') {
      fail(`its indices '${node.indices}' are a ${role} of type ${type}; they must be indices of type int32`);
    }
    if (shape.length === 0) fail(`its indices '${node.indices}' are a scalar; a single number is a vector [1]`);
    const size = sizeOf(input);
    const at = data.findIndex((source) => source < -1 || source >= size);
    if (at >= 0) {
      fail(
        `its indices '${node.indices}' are ${data[at]} at element ${at}, and ${describeShape(input)} has elements 0 to ` +
          `${size - 1}; −1 stands for 0`,
      );
    }
    return shape;
  },
  maps: (node, _inputs, _to, parameters) => [{ kind: 'elements', slot: 0, sources: sourcesOf(node, parameters) }],
  linear: true,
  integerProblems: (node, { expectType }) => expectType(node.indices, 'indices', 'int32'),
};
