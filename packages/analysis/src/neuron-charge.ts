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
      `the neuron '${model.kind}' has no charge balance: it leaks, or loses charge when it is reset, so its rate is not ` +
      'its mean input plus (V(0) − V(T))/T, and its error cannot be split. The ledger takes neurons with soft reset and no leak, such as if.';
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

/** What one neuron did in T steps. */
export interface NeuronRun {
  /** Ī. */
  readonly meanInput: number;
  /** N, signed. */
  readonly count: number;
  /** V(T). */
  readonly residual: number;
  /** T. */
  readonly steps: number;
}

/** clip(x): the most that its spikes can say of a steady input, between none and every step. */
export function clipped({ threshold, positive, negative, highest, lowest }: NeuronCharge, x: number): number {
  // The quotient is 1 as a rule: below θ nothing may be lost to rounding.
  if (x >= 0) return Math.min(x * (threshold / positive), threshold * highest);
  return lowest === 0 ? 0 : Math.max(x * (threshold / negative), threshold * lowest);
}

/**
 * The number of spikes that all the charge of a run is worth, no matter when it came: T·Q(Ī)/θ of METHOD §5, with
 * Q(x) = θ·clip(⌊(T·x + V(0))/θ⌋/T, 0, 1).
 *
 * By the balance T·Ī + V(0) is θ·N + V(T). Taken so, the result is exact where T·Ī + V(0) would be rounded onto the wrong
 * side of a whole number, and a neuron that nothing disturbed has no residual error.
 */
export function spikesWorth(charge: NeuronCharge, run: NeuronRun): number {
  const { positive, negative, highest, lowest } = charge;
  const { count, residual, steps } = run;
  const downwards = negativeSpikes(charge, run);
  const upwards = count + downwards;
  if (positive * upwards - negative * downwards + residual >= 0) {
    const worth = upwards + Math.floor((residual - negative * downwards) / positive);
    return Math.min(worth, highest * steps);
  }
  if (lowest === 0) return 0;
  return -Math.min(downwards + Math.floor(-(residual + positive * upwards) / negative), -lowest * steps);
}

/** N⁻ of a signed neuron: its two kinds of spikes take different charges, so the balance tells them apart. */
function negativeSpikes(charge: NeuronCharge, run: NeuronRun): number {
  const { positive, negative, lowest } = charge;
  const { count, residual } = run;
  const least = Math.max(0, -count);
  if (lowest === 0 || negative === positive) return lowest === 0 ? 0 : least;
  return Math.max(least, Math.round((given(charge, run) - positive * count - residual) / (positive - negative)));
}

/** T·Ī + V(0), and what the neuron added itself. */
function given({ initial, added }: NeuronCharge, { meanInput, steps }: NeuronRun): number {
  return steps * (meanInput + added) + initial;
}

/** How far the run is from the charge balance: 0 but for rounding, as a share of the charges in it. */
export function imbalance(charge: NeuronCharge, run: NeuronRun): number {
  const downwards = negativeSpikes(charge, run);
  const spent = charge.positive * (run.count + downwards) - (charge.lowest === 0 ? 0 : charge.negative * downwards);
  const total = given(charge, run);
  const size = Math.abs(total) + Math.abs(spent) + Math.abs(run.residual) + charge.positive;
  return Math.abs(total - spent - run.residual) / size;
}
