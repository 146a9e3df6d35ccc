import { customGradient } from '@rheobase/activations';
import type { Scalar } from '@tensorflow/tfjs-core';
import { mul, reshape, square, sub, sum } from '@tensorflow/tfjs-core';
import type { CalibrationLoss } from './calibration-loss.js';

/** The mean of (output − target)² over elements and images. */
export const meanSquaredError: CalibrationLoss = {
  name: 'mse',
  summary: 'mean of (output − target)²',
  evaluate(output, target) {
    const value = customGradient(
      [output],
      () => {
        const difference = sub(output, target);
        return { value: mul(sum(square(difference)), 1 / output.size), saved: [difference] };
      },
      (dy, [difference]) => [mul(mul(difference, 2 / difference.size), dy)],
    );
    return reshape(value, []) as Scalar;
  },
  reference: (output, target) => output.reduce((so, y, i) => so + (y - (target[i] ?? 0)) ** 2, 0) / output.length,
};
