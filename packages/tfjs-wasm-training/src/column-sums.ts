import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { matMul, ones, reshape, tidy } from '@tensorflow/tfjs-core';

/**
 * The sum over every axis but the last, `[…, C]` → `[C]`. As a product with a row of ones: on the wasm backend that is
 * some thirty times faster than `tf.sum`, which transposes first.
 */
export function columnSums(x: Tensor): Tensor1D {
  return tidy(() => {
    const channels = x.shape.at(-1) ?? 1;
    const rows = reshape(x, [-1, channels]) as Tensor2D;
    return reshape(matMul(ones([1, rows.shape[0]]), rows), [channels]) as Tensor1D;
  });
}
