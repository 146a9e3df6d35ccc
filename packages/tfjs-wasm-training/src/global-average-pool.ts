import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { customGrad, div, mean, mul, ones, reshape, tidy } from '@tensorflow/tfjs-core';
import { runRegistered } from './native/registered-kernel.js';

/** The mean over all positions, `[N, H, W, C]` → `[N, C]`. */
export function globalAveragePool(x: Tensor4D): Tensor2D {
  const pool = customGrad((...given: unknown[]) => {
    const [input] = given as [Tensor4D];
    const [images, height, width, channels] = input.shape;
    return {
      value: runRegistered('RheobaseGlobalAvgPool', { x: input })?.[0] ?? mean(input, [1, 2]),
      gradFunc: (dy: Tensor) =>
        runRegistered('RheobaseGlobalAvgPoolGrad', { dy }, { height, width })?.[0] ??
        tidy(() =>
          mul(reshape(div(dy, height * width), [images, 1, 1, channels]), ones([images, height, width, channels])),
        ),
    };
  });
  return pool(x) as Tensor2D;
}
