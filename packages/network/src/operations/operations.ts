import type { ElementMap } from '../element-map.js';
import type { NetworkNode, NodeOf, Op } from '../node.js';
import type { AnyOperation, Operation } from '../operation.js';
import type { Shape } from '../shape.js';
import { add } from './add.js';
import { batchNorm } from './batch-norm.js';
import { channelShuffle, concat, split } from './channels.js';
import { depthToSpace } from './depth-to-space.js';
import { input, output } from './input-output.js';
import { flatten, reshape } from './order.js';
import { avgPool, globalAvgPool, maxPool } from './pooling.js';
import { quantize, scale } from './quantize-scale.js';
import { pad, subsample, upsample } from './resampling.js';
import { activation, neuron } from './sites.js';
import { conv2d, dense } from './weighted.js';

/** Every operation; one that is missing is a compile error. */
export const operations: { readonly [O in Op]: Operation<NodeOf<O>> } = {
  input,
  conv2d,
  dense,
  batchNorm,
  activation,
  neuron,
  quantize,
  scale,
  avgPool,
  maxPool,
  globalAvgPool,
  add,
  concat,
  split,
  channelShuffle,
  upsample,
  depthToSpace,
  pad,
  subsample,
  flatten,
  reshape,
  output,
};

/** What there is to know of a node's operation. */
export function operationOf(node: NetworkNode): AnyOperation {
  return operations[node.op];
}

/**
 * Which elements of its inputs each element of a node's value is made from; empty for inputs and layers with weights.
 *
 * @param inputs shapes of what the node reads
 * @param to shape of its value
 */
export function mapsOf(node: NetworkNode, inputs: readonly Shape[], to: Shape): readonly ElementMap[] {
  return operationOf(node).maps?.(node, inputs, to) ?? [];
}
