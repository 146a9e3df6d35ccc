import { finite, text } from '../decode.js';
import { fromOne, nodeDecoder } from '../decode-fields.js';
import { inOrder } from '../element-map.js';
import type { BatchNormNode } from '../node.js';
import type { Operation } from '../operation.js';
import { expectShape, fail } from '../shape-rules.js';

const parts = ['scale', 'offset', 'mean', 'variance'] as const;

export const batchNorm: Operation<BatchNormNode> = {
  decode: nodeDecoder<BatchNormNode>('batchNorm', {
    inputs: fromOne,
    scale: text,
    offset: text,
    mean: text,
    variance: text,
    epsilon: finite,
  }),
  parameters: parts,
  shape: (node, [input = []], parameters) => {
    const channels = input.at(-1) ?? fail('its input is a scalar');
    for (const part of parts) expectShape(parameters, node[part], part, [channels]);
    if (!(Number.isFinite(Math.fround(node.epsilon)) && node.epsilon >= 0)) {
      fail(`its epsilon must be a finite float32 number of at least 0, not ${node.epsilon}`);
    }
    return input;
  },
  numbers: ({ variance, epsilon }, parameters) => {
    const variances = parameters.get(variance)?.data ?? new Float32Array(0);
    const at = variances.findIndex((value) => value + epsilon <= 0);
    if (at < 0) return [];
    return [
      `its variance '${variance}' is ${variances[at]} at element ${at}; with its epsilon of ${epsilon} it must be above 0`,
    ];
  },
  maps: () => inOrder,
  integer: false,
  notToInteger: () => 'a batch norm; fold it into the layer before it first (foldBatchNorm)',
};
