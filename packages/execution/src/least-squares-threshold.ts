import type { ValueHistogram } from './value-histogram.js';

/**
 * The threshold θ for which θ·clip(⌊z·L/θ + ½⌋/L, 0, 1) has the least mean squared error over the counted magnitudes; the same, except for ties, for
 * negative values and a clip from −1. Few levels need a lower θ than many: with two, half of the range below a high percentile is rounded to 0.
 *
 * Searches θ from a twentieth of the largest value upwards in steps of 2 %, then around the best in steps of 0.1 %.
 *
 * @param levels L, at least 1
 * @throws if only zeros were counted.
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
