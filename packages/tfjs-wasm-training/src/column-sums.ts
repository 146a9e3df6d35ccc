import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { customGrad, matMul, mul, ones, onesLike, reshape, tidy } from '@tensorflow/tfjs-core';
import { runRegistered } from './native/registered-kernel.js';

/**
 * The sum over every axis except the last, `[…, C]` → `[C]`. Without the kernel it is a product with a row of ones: on the
 * wasm backend that is about thirty times faster than `tf.sum`, which transposes first.
 */
export function columnSums(x: Tensor): Tensor1D {
  const sums = customGrad((...given: unknown[]) => {
    const [input, save] = given as [Tensor, (tensors: Tensor[]) => void];
    save([input]);
    return {
      value: runRegistered('RheobaseColumnSums', { x: input })?.[0] ?? composed(input),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [kept] = saved as [Tensor];
        return tidy(() => mul(onesLike(kept), dy));
      },
    };
  });
  return sums(x) as Tensor1D;
}

function composed(x: Tensor): Tensor1D {
  return tidy(() => {
    const channels = x.shape.at(-1) ?? 1;
    const rows = reshape(x, [-1, channels]) as Tensor2D;
    return reshape(matMul(ones([1, rows.shape[0]]), rows), [channels]) as Tensor1D;
  });
}
