import type { Tensor } from '@tensorflow/tfjs-core';
import { broadcast_util, reshape, sum } from '@tensorflow/tfjs-core';

/** The sum over every axis along which a tensor of this shape was broadcast: the gradient's way back through broadcasting. */
export function sumToShape(x: Tensor, shape: readonly number[]): Tensor {
  const target = [...shape];
  const axes = broadcast_util.getReductionAxes(target, x.shape);
  return reshape(axes.length > 0 ? sum(x, axes) : x, target);
}
