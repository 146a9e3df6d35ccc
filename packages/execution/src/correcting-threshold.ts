import type { ValueHistogram } from './value-histogram.js';

/** The spikes of neurons that correct what they sent, by which their threshold is chosen. */
export interface CorrectingSpikes {
  /** n, one power of two a step; or Γ, any number of spikes up to it. */
  readonly values: { readonly powers: number } | { readonly counts: number };
  /** λ of differential coding; absent: rate coding. */
  readonly growth?: number;
  /** T */
  readonly steps: number;
}

/** Greatest spike values that are tried, as shares of the largest activation: from 8 % to 130 %, each 6 % above the one before. */
const shares = Array.from({ length: 49 }, (_, i) => 0.08 * 1.06 ** i);

/**
 * The least threshold θ of neurons that correct what they sent, for which what they send over T steps has the least mean squared error over the counted magnitudes. With rate
 * coding the magnitude arrives in every step and the mean is read; with differential coding it arrives in step 1 and Σ λ^−(t−1)·θ·s(t) is read. Zeros are sent exactly by
 * any.
 *
 * @throws if only zeros were counted.
 */
export function correctingThreshold(histogram: ValueHistogram, spikes: CorrectingSpikes): number {
  const { maximum } = histogram;
  if (!(maximum > 0)) throw new Error('Only zeros were recorded, so there is no threshold to choose.');
  const bins = histogram.positiveBins();
  const greatest = 'powers' in spikes.values ? 2 ** (spikes.values.powers - 1) : spikes.values.counts;
  const errorOf = (theta: number): number =>
    bins.reduce((sum, { value, count }) => sum + count * (value - theta * sentFor(value / theta, spikes)) ** 2, 0);
  const thresholds = shares.map((share) => (share * maximum) / greatest);
  const errors = thresholds.map(errorOf);
  return thresholds[errors.indexOf(Math.min(...errors))] ?? maximum / greatest;
}

/** What a neuron has sent of a constant value z after T steps, both in units of θ. */
export function sentFor(z: number, { values, growth, steps }: CorrectingSpikes): number {
  let [potential, sent, decoded] = [0, 0, 0];
  for (let t = 0; t < steps; t += 1) {
    potential = growth === undefined ? potential + z : t === 0 ? z : growth * potential;
    sent *= growth ?? 1;
    const missing = Math.max(potential, -sent);
    const size = Math.abs(missing);
    const count =
      'counts' in values ? Math.min(Math.floor(size + 0.5), values.counts) : nearestPower(size, values.powers);
    const spikes = missing < 0 ? -count : count;
    potential -= spikes;
    sent += spikes;
    decoded += growth === undefined ? spikes / steps : spikes * growth ** -t;
  }
  return decoded;
}

/** The nearest of 0, 1, 2, 4, …, 2ⁿ⁻¹, the greater one halfway between two. */
function nearestPower(size: number, powers: number): number {
  if (size < 0.5) return 0;
  let value = 1;
  while (value < 2 ** (powers - 1) && size >= 1.5 * value) value *= 2;
  return value;
}
