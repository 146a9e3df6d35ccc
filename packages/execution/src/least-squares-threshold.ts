import type { ValueHistogram } from './value-histogram.js';

/**
 * The threshold θ at which θ·clip(⌊z·L/θ + ½⌋/L, 0, 1) is nearest to the magnitudes counted, in the mean of squares; likewise, but
 * for ties, of values below zero and a clip from −1. Few levels want a lower one than many: with two, half of what a high percentile covers is rounded to 0.
 *
 * The error is looked at for θ from a twentieth of the largest value on, 2 % apart, and around the best again 0.1 % apart.
 *
 * @param levels L, at least 1
 * @throws if nothing but zeros was counted.
 */
export function leastSquaresThreshold(histogram: ValueHistogram, levels: number): number {
  const { maximum } = histogram;
  if (!(maximum > 0)) throw new Error('Only zeros were recorded, so there is no threshold to choose.');
  const bins = histogram.positiveBins();
  const errorOf = (theta: number): number => {
    const width = theta / levels;
    let error = 0;
    for (const { value, count } of bins) {
      const nearest = width * Math.min(Math.floor(value / width + 0.5), levels);
      error += count * (value - nearest) ** 2;
    }
    return error;
  };
  const best = (from: number, to: number, ratio: number): number => {
    let [chosen, least] = [to, errorOf(to)];
    for (let theta = from; theta < to; theta *= ratio) {
      const error = errorOf(theta);
      if (error < least) [chosen, least] = [theta, error];
    }
    return chosen;
  };
  const coarse = best(maximum / 20, maximum, 1.02);
  return best(coarse / 1.02, Math.min(coarse * 1.02, maximum), 1.001);
}
