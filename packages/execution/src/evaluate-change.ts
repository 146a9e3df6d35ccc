import type { PlainNode } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { sub, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { evaluateNode } from './evaluate-node.js';
import type { BoundParameters } from './live-parameters.js';

/**
 * By how much the value of a node changes with its inputs: f(x) − f(0), which is f without its bias. With differential coding a node downstream of neurons has
 * this value after step 1. It is affine, as all others are maximum poolings, neurons, or in the analog head.
 *
 * @param inputs the changes of the node's inputs, `[N, …shape]` each
 */
export function evaluateChange(node: PlainNode, inputs: readonly Tensor[], bound: BoundParameters): Tensor {
  if (node.op === 'conv2d' || node.op === 'dense') {
    const { bias: _, ...linear } = node;
    return evaluateNode(linear, inputs, bound);
  }
  if (node.op !== 'batchNorm') return evaluateNode(node, inputs, bound);
  return tidy(() =>
    sub(
      evaluateNode(node, inputs, bound),
      evaluateNode(
        node,
        inputs.map((input) => zerosLike(input)),
        bound,
      ),
    ),
  );
}
