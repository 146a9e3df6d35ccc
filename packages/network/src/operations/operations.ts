import type { ElementMap } from '../element-map.js';
import type { NetworkNode, NodeOf, Op } from '../node.js';
import type { AnyOperation, Operation, Parameters } from '../operation.js';
import type { Shape } from '../shape.js';
import { add } from './add.js';
import { argMax, combine, elementFunction, softmax } from './analog.js';
import { batchNorm } from './batch-norm.js';
import { channelShuffle, concat, split } from './channels.js';
import { depthToSpace } from './depth-to-space.js';
import { gather } from './gather.js';
import { input, output } from './input-output.js';
import { flatten, reshape } from './order.js';
import { avgPool, globalAvgPool, maxPool } from './pooling.js';
import { quantize, scale } from './quantize-scale.js';
import { pad, subsample, upsample } from './resampling.js';
import { activation, neuron } from './sites.js';
import { conv2d, dense } from './weighted.js';

/** Every operation; a missing one is a compile error. */
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
  gather,
  function: elementFunction,
  combine,
  softmax,
  argMax,
  output,
};

/** The operation of a node. */
export function operationOf(node: NetworkNode): AnyOperation {
  return operations[node.op];
}

/**
 * The input elements that each element of a node's value is computed from; empty for inputs and layers with weights.
 *
 * @param inputs shapes of the node's inputs
 * @param to shape of its value
 */
export function mapsOf(
  node: NetworkNode,
  inputs: readonly Shape[],
  to: Shape,
  parameters: Parameters,
): readonly ElementMap[] {
  return operationOf(node).maps?.(node, inputs, to, parameters) ?? [];
}
