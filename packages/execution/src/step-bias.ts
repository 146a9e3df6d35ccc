import { customGradient } from '@rheobase/activations';
import { columnSums } from '@rheobase/tfjs-wasm-training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, concat, mul, pad, reshape, slice, squeeze } from '@tensorflow/tfjs-core';
import type { OverTime } from './over-time.js';
import { foldedOverTime } from './over-time.js';

/**
 * The current of a neuron in one step, with its step bias.
 *
 * @param bias `[T, C]`
 * @param t the step, from 1; after T the current stays as it is
 */
export function biasedCurrent(current: Tensor, bias: Tensor, t: number): Tensor {
  const [rows = 0] = bias.shape;
  return t > rows ? current : add(current, squeeze(slice(bias, [t - 1], [1]), [0]));
}

/** The current of a neuron over all steps, with its step bias `[T, C]`: it then changes over time, unless all rows lie beyond the steps. */
export function biasedOverTime(current: OverTime, bias: Tensor, steps: number): OverTime {
  const folded = foldedOverTime(current, steps);
  const [rows = 0, channels = 1] = bias.shape;
  const biased = Math.min(rows, steps);
  const byStep = [steps, folded.size / steps / channels, channels];
  const value = customGradient(
    [folded, bias],
    () => {
      const first = slice(bias, [0], [biased]);
      const known =
        biased === steps
          ? first
          : pad(first, [
              [0, steps - biased],
              [0, 0],
            ]);
      const sum = add(reshape(folded, byStep), reshape(known, [steps, 1, channels]));
      return { value: reshape(sum, folded.shape), saved: [] };
    },
    (dy) => {
      const sums = Array.from({ length: biased }, (_, t) =>
        reshape(columnSums(reshape(slice(reshape(dy, byStep), [t], [1]), [-1, channels])), [1, channels]),
      );
      const own = concat(sums, 0);
      return [
        dy,
        biased === rows
          ? own
          : pad(own, [
              [0, rows - biased],
              [0, 0],
            ]),
      ];
    },
  );
  return { kind: 'changing', value };
}

/**
 * The mean current of a neuron over the steps, with the mean of its step bias `[T, C]` over the same steps.
 *
 * @param mean `[N, …shape]`
 */
export function biasedMean(mean: Tensor, bias: Tensor, steps: number): Tensor {
  const [rows = 0, channels = 1] = bias.shape;
  const biased = Math.min(rows, steps);
  return customGradient(
    [mean, bias],
    () => ({ value: add(mean, mul(columnSums(slice(bias, [0], [biased])), 1 / steps)), saved: [] }),
    (dy) => {
      const each = reshape(mul(columnSums(reshape(dy, [-1, channels])), 1 / steps), [1, channels]);
      const own = concat(
        Array.from({ length: biased }, () => each),
        0,
      );
      return [
        dy,
        biased === rows
          ? own
          : pad(own, [
              [0, rows - biased],
              [0, 0],
            ]),
      ];
    },
  );
}
