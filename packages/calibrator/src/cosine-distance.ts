import { customGradient } from '@rheobase/activations';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { add, div, mean, mul, reshape, sqrt, square, sub, sum } from '@tensorflow/tfjs-core';
import type { CalibrationLoss } from './calibration-loss.js';

/** Added to squared lengths, so that a silent layer does not divide by 0. */
const epsilon = 1e-12;

const rowsOf = (x: Tensor): Tensor2D => reshape(x, [x.shape[0] ?? 1, -1]);
const sumOf = (rows: Tensor): Tensor => sum(rows, 1, true);

/** 1 − cos(output, target), both flattened, averaged over images; 1 where one of them is 0. */
export const cosineDistance: CalibrationLoss = {
  name: 'cosine',
  summary: '1 − output·target/(‖output‖·‖target‖)',
  evaluate(output, target) {
    const value = customGradient(
      [output],
      () => {
        const [y, p] = [rowsOf(output), rowsOf(target)];
        const [count] = y.shape;
        const squared = add(sumOf(square(y)), epsilon);
        const lengths = sqrt(mul(squared, add(sumOf(square(p)), epsilon)));
        const similarity = div(sumOf(mul(y, p)), lengths);
        // ∂cos/∂y = p/(‖y‖‖p‖) − cos·y/‖y‖²
        const slope = sub(mul(y, div(similarity, squared)), div(p, lengths));
        return { value: sub(1, mean(similarity)), saved: [reshape(div(slope, count), output.shape)] };
      },
      (dy, [slope]) => [mul(slope, dy)],
    );
    return reshape(value, []) as Scalar;
  },
  reference(output, target) {
    const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((so, x, i) => so + x * (b[i] ?? 0), 0);
    return 1 - dot(output, target) / Math.sqrt((dot(output, output) + epsilon) * (dot(target, target) + epsilon));
  },
};
