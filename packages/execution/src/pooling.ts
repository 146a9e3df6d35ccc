import type { AvgPoolNode, MaxPoolNode } from '@rheobase/network';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { avgPool, maxPool, mul, pad as padTensor, tidy } from '@tensorflow/tfjs-core';
import { explicitPadding } from './convolution.js';

/** Average, or sum, over each window of `[N, H, W, C]`. */
export function averagePool(x: Tensor4D, node: AvgPoolNode): Tensor4D {
  const { size, stride, padding, divisor } = node;
  if (divisor === 'none') {
    return tidy(() => mul(averagePool(x, { ...node, divisor: 'window' }), node.size[0] * node.size[1]));
  }
  const padded = padding.top + padding.bottom + padding.left + padding.right > 0;
  if (!padded || divisor === 'inside') return avgPool(x, [...size], [...stride], explicitPadding(padding));
  return tidy(() => avgPool(padTensor(x, explicitPadding(padding)), [...size], [...stride], 'valid'));
}

/** Maximum over each window of `[N, H, W, C]`; padding counts as −∞. */
export function maximumPool(x: Tensor4D, { size, stride, padding }: MaxPoolNode): Tensor4D {
  return maxPool(x, [...size], [...stride], explicitPadding(padding));
}
