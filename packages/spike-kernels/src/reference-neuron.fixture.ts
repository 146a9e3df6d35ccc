import type { NegativeRule } from './neurons.js';

/** One neuron's constants. */
export interface NeuronConstants {
  readonly hard: boolean;
  /** Fires only at V > θ. */
  readonly above?: boolean;
  readonly negatives: NegativeRule;
  /** Γ, the most spikes in a step. */
  readonly most: number;
  /** n of a correcting neuron whose spikes are powers of two; 0: counts. */
  readonly powers?: number;
  readonly threshold: number;
  /** θ⁻, or for a compensating neuron the potential below which it takes a spike back. */
  readonly lower: number;
  readonly shift: number;
  /** λ; 1: no leak. Of a correcting neuron it is the growth. */
  readonly leak: number;
  readonly start: number;
  /** The signed sum of spikes before the first step, or S of a correcting neuron. */
  readonly balance: number;
}

/** Arithmetic of a number format. */
export interface Arithmetic {
  /** Rounds a sum or product of two numbers. */
  readonly round: (x: number) => number;
  /** λ·V */
  readonly leak: (potential: number, share: number) => number;
}
export const integerArithmetic: Arithmetic = {
  round: (x) => x,
  leak: (potential, share) => Math.floor(potential * share + 0.5),
};
export const singlePrecision: Arithmetic = {
  round: Math.fround,
  leak: (potential, share) => Math.fround(potential * share),
};

/** One neuron over all steps, computed directly. */
export function referenceNeuron(
  currents: readonly number[],
  {
    hard,
    above = false,
    negatives,
    most,
    powers = 0,
    threshold,
    lower,
    shift,
    leak,
    start,
    balance: before,
  }: NeuronConstants,
  { round, leak: leaked }: Arithmetic,
): { readonly spikes: readonly number[]; readonly potential: number; readonly balance: number } {
  let potential = start;
  let balance = before;
  const spikes = currents.map((current) => {
    if (leak !== 1) potential = leaked(potential, leak);
    if (negatives === 'correcting') {
      if (leak !== 1) balance = leaked(balance, leak);
      potential = round(potential + current);
      const missing = Math.max(potential, -balance);
      const size = Math.abs(missing);
      let count = 0;
      if (powers === 0) while (count < most && size >= round(threshold * (count + 0.5))) count += 1;
      for (let k = 0; k < powers; k += 1) {
        if (size >= round(threshold * (k === 0 ? 0.5 : 0.75 * 2 ** k))) count = 2 ** k;
      }
      const spikes = missing < 0 ? -count : count;
      potential = round(potential - round(threshold * spikes));
      balance = round(balance + round(threshold * spikes));
      return spikes;
    }
    potential = round(round(potential + current) + shift);
    if (above ? potential > threshold : potential >= threshold) {
      let count = 1;
      while (count < most && potential >= round(threshold * (count + 1))) count += 1;
      potential = hard ? 0 : round(potential - round(threshold * count));
      balance += count;
      return count;
    }
    if (negatives === 'signed' && -potential >= lower) {
      potential = hard ? 0 : round(potential + lower);
      return -1;
    }
    if (negatives === 'compensating' && potential < lower && balance > 0) {
      potential = round(potential + threshold);
      balance -= 1;
      return -1;
    }
    return 0;
  });
  return { spikes, potential, balance };
}
