import { NetworkError } from '@rheobase/network';
import type { SiteValues } from './site-values.js';

/**
 * What the ledger has to know of a neuron model; those of `@rheobase/neurons` have it, and so has any model that passes
 * their conformance suite.
 */
export interface ChargedNeuron {
  readonly kind: string;
  /** One neuron in float64 over all steps. */
  reference(
    currents: readonly number[],
    values: SiteValues,
  ): { readonly spikes: readonly number[]; readonly potentials: readonly number[] };
  /** Where the charge goes; only neurons with soft reset and no leak have one (METHOD §5). */
  readonly balance?: {
    removed(spikes: number, values: SiteValues): number;
    added?(values: SiteValues): number;
  };
}

/** The charge that one neuron is given, takes for its spikes, and keeps; in units of its input current. */
export interface NeuronCharge {
  /** θ, the value of a spike. */
  readonly threshold: number;
  /** V(0). */
  readonly initial: number;
  /** What it adds to its input at every step. */
  readonly added: number;
  /** The charge that a positive spike takes: θ with soft reset. */
  readonly positive: number;
  /** The charge that a negative spike gives back: θ/α for `signed-if`. It counts only where there are negative spikes. */
  readonly negative: number;
  /** The most spikes in one step. */
  readonly highest: number;
  /** The least: 0, or below it for signed neurons. */
  readonly lowest: number;
}

/**
 * The charge of one neuron, read off its model: from its balance, and from what its reference does with no input and with
 * too much.
 *
 * @throws {NetworkError} if the model has no charge balance, naming the node and saying why that is needed.
 */
export function neuronCharge(node: string, model: ChargedNeuron, values: SiteValues): NeuronCharge {
  const { balance } = model;
  const { threshold } = values;
  if (balance === undefined || threshold === undefined) {
    const message =
      `the neuron '${model.kind}' has no charge balance: it leaks, loses charge when it is reset, or has differential coding, so its rate is not ` +
      'its mean input plus (V(0) − V(T))/T, and its error cannot be split. The ledger takes neurons with rate coding, soft reset and no leak, such as if and multi-threshold.';
    throw new NetworkError([{ subject: node, message }]);
  }
  const added = balance.added?.(values) ?? 0;
  const { spikes, potentials } = model.reference([0], values);
  const initial = (potentials[0] ?? Number.NaN) + balance.removed(spikes[0] ?? 0, values) - added;
  const overwhelming = 1e9 * (threshold + Math.abs(initial) + Math.abs(balance.removed(-1, values)));
  const most = (current: number): number => model.reference([current], values).spikes[0] ?? 0;
  return {
    threshold,
    initial,
    added,
    positive: balance.removed(1, values),
    negative: -balance.removed(-1, values),
    highest: most(overwhelming),
    lowest: most(-overwhelming),
  };
}

/** clip(x): the most that its spikes can say of a steady input, between none and every step. */
export function clipped({ threshold, positive, negative, highest, lowest }: NeuronCharge, x: number): number {
  // The quotient is 1 as a rule: below θ nothing may be lost to rounding.
  if (x >= 0) return Math.min(x * (threshold / positive), threshold * highest);
  return lowest === 0 ? 0 : Math.max(x * (threshold / negative), threshold * lowest);
}

/** T·Ī + V(0), and what the neuron added itself. */
export function chargeGiven({ initial, added }: NeuronCharge, meanInput: number, steps: number): number {
  return steps * (meanInput + added) + initial;
}

/**
 * N⁻, the negative spikes of a signed neuron: its two kinds of spikes remove different charges, so the balance distinguishes them.
 *
 * @param given {@link chargeGiven}
 * @param count N, signed
 * @param residual V(T)
 */
export function negativeSpikes(
  { positive, negative, lowest }: NeuronCharge,
  given: number,
  count: number,
  residual: number,
): number {
  if (lowest === 0) return 0;
  const least = Math.max(0, -count);
  if (negative === positive) return least;
  return Math.max(least, Math.round((given - positive * count - residual) / (positive - negative)));
}

/**
 * The number of spikes that the total charge of a run is worth, regardless of its timing: T·Q(Ī)/θ of METHOD §5, with Q(x) = θ·clip(⌊(T·x +
 * V(0))/θ⌋/T, 0, 1).
 *
 * By the balance T·Ī + V(0) is θ·N + V(T). Computed that way, the result is exact even if T·Ī + V(0) would be rounded to the wrong side of an
 * integer, and an undisturbed neuron has no residual error.
 *
 * @param upwards positive spikes
 * @param downwards negative ones
 * @param residual V(T)
 */
export function spikesWorth(
  { positive, negative, highest, lowest }: NeuronCharge,
  upwards: number,
  downwards: number,
  residual: number,
  steps: number,
): number {
  if (positive * upwards - negative * downwards + residual >= 0) {
    return Math.min(upwards + Math.floor((residual - negative * downwards) / positive), highest * steps);
  }
  if (lowest === 0) return 0;
  return -Math.min(downwards + Math.floor(-(residual + positive * upwards) / negative), -lowest * steps);
}

/**
 * The deviation of a run from the charge balance, as a fraction of its charges: 0 except for rounding.
 *
 * @param given {@link chargeGiven}
 */
export function imbalance(
  { positive, negative }: NeuronCharge,
  given: number,
  upwards: number,
  downwards: number,
  residual: number,
): number {
  const spent = positive * upwards - negative * downwards;
  return Math.abs(given - spent - residual) / (Math.abs(given) + Math.abs(spent) + Math.abs(residual) + positive);
}
