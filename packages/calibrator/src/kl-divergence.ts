import { customGradient } from '@rheobase/activations';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { div, exp, log, max, mul, reshape, sub, sum } from '@tensorflow/tfjs-core';
import type { CalibrationLoss } from './calibration-loss.js';

/** What the sum over a batch is divided by: its images, or its images times the elements of one. */
export type Reduction = 'batch' | 'element';

/**
 * KL(softmax(target) ‖ softmax(output)), both flattened, Σ_i p_i·(log p_i − log q_i), the loss of METHOD.md §6. Divided by
 * elements, its gradients are so small that Adam's ε matters.
 */
export function klDivergence(reduction: Reduction): CalibrationLoss {
  return {
    name: reduction === 'batch' ? 'kl' : 'kl-by-element',
    summary: `Σ p·(log p − log q), p = softmax(target), q = softmax(output), by ${reduction}`,
    evaluate: (output, target) => divergence(output, target, reduction),
    reference(output, target) {
      const [logQ, logP] = [logSoftmaxOf(output), logSoftmaxOf(target)];
      const total = logP.reduce((so, p, i) => so + Math.exp(p) * (p - (logQ[i] ?? 0)), 0);
      return reduction === 'batch' ? total : total / output.length;
    },
  };
}

function divergence(output: Tensor, target: Tensor, reduction: Reduction): Scalar {
  const value = customGradient(
    [output],
    () => {
      const [logQ, logP] = [logSoftmax(output), logSoftmax(target)];
      const [count, size] = logQ.shape;
      const shares = count * (reduction === 'batch' ? 1 : size);
      const p = exp(logP);
      const difference = div(sub(exp(logQ), p), shares);
      return { value: div(sum(mul(p, sub(logP, logQ))), shares), saved: [reshape(difference, output.shape)] };
    },
    (dy, [difference]) => [mul(difference, dy)],
  );
  return reshape(value, []) as Scalar;
}

function logSoftmax(x: Tensor): Tensor2D {
  const rows = reshape(x, [x.shape[0] ?? 1, -1]) as Tensor2D;
  const shifted = sub(rows, max(rows, 1, true));
  return sub(shifted, log(sum(exp(shifted), 1, true)));
}

function logSoftmaxOf(x: readonly number[]): readonly number[] {
  const greatest = x.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = x.reduce((so, value) => so + Math.exp(value - greatest), 0);
  return x.map((value) => value - greatest - Math.log(total));
}
