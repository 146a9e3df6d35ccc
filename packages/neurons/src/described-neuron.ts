import type { DescribedNeuron, NeuronDefinition, NeuronDynamics } from '@rheobase/network';
import { attributeValues, described, ownValue } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, clone, maximum, mul, neg, scalar, sub, tidy } from '@tensorflow/tfjs-core';
import type { ChargeBalance, Fire, FusedNeuron, Neuron, NeuronState, NeuronStep, NeuronTrace } from './neuron.js';
import { notZero } from './not-zero.js';
import { potentialOf } from './potential.js';
import { within } from './rate-slope.js';
import { replay } from './replay.js';

/** State of a compensating neuron: the sum of its spikes so far. */
const spikesSoFar = 'balance';

/** State of a correcting neuron: S, the sum of θ·s so far. */
const sentSoFar = 'sent';

/** A threshold of a correcting neuron: from `at`·θ on, its spike is worth `worth` more. */
interface Rise {
  readonly at: number;
  readonly worth: number;
}

/** The numbers that a descriptor names among the attributes. */
interface Settings {
  /** T */
  readonly shift?: number | undefined;
  /** α */
  readonly slope?: number | undefined;
  /** ε */
  readonly tolerance?: number | undefined;
  /** Γ */
  readonly most: number;
  /** The thresholds of a correcting neuron, of either sign. */
  readonly rises?: readonly Rise[] | undefined;
  /** λ of differential coding; 1 without. */
  readonly growth: number;
}

/** The values that a descriptor names: tensors or numbers of the parameters, numbers of the attributes. */
interface Parts<Value> extends Settings {
  readonly theta: Value;
  readonly leak?: Value | undefined;
}

function settingsOf({ dynamics, attributes }: DescribedNeuron, given: Readonly<Record<string, number>>): Settings {
  const values = attributeValues(attributes, given);
  const { shift, negative, counts, powers, growth } = dynamics;
  const attribute = (name: string | undefined) => (name === undefined ? undefined : ownValue(values, name));
  return {
    shift: attribute(shift),
    slope: attribute(negative?.rule === 'signed' ? negative.slope : undefined),
    tolerance: attribute(negative?.rule === 'compensating' ? negative.tolerance : undefined),
    most: attribute(counts) ?? 1,
    rises: negative?.rule === 'correcting' ? risesOf(attribute(counts), attribute(powers)) : undefined,
    growth: attribute(growth) ?? 1,
  };
}

/** Boundaries halfway between neighbouring values: of 0 to Γ, or of 0, 1, 2, 4, …, 2ⁿ⁻¹. */
function risesOf(counts: number | undefined, powers = 1): readonly Rise[] {
  if (counts !== undefined) return Array.from({ length: counts }, (_, i) => ({ at: i + 0.5, worth: 1 }));
  return Array.from({ length: powers }, (_, k) =>
    k === 0 ? { at: 0.5, worth: 1 } : { at: 0.75 * 2 ** k, worth: 2 ** (k - 1) },
  );
}

function partsOf<Value>(
  neuron: DescribedNeuron,
  parameters: Readonly<Record<string, Value>>,
  given: Readonly<Record<string, number>>,
): Parts<Value> {
  const { leak } = neuron.dynamics;
  return {
    theta: named(parameters, 'threshold'),
    leak: leak === undefined ? undefined : named(parameters, leak),
    ...settingsOf(neuron, given),
  };
}

function named<Value>(values: Readonly<Record<string, Value>>, name: string): Value {
  const value = ownValue(values, name);
  if (value === undefined) throw new Error(`The parameter '${name}' is missing; give one for every part.`);
  return value;
}

/**
 * Builds the neuron that a definition's descriptor describes: its step on tensors, its reference, and what follows from both. For a custom neuron,
 * define it, call this, and override what is special.
 *
 * @throws if the definition has no descriptor, or one that does not fit it.
 */
export function describedNeuron(definition: NeuronDefinition): Neuron {
  const neuron = described(definition);
  if (neuron === undefined) throw new Error(`The neuron '${definition.kind}' has no dynamics that could be described.`);
  const { dynamics, parameters } = neuron;
  const starts = Object.hasOwn(parameters, 'initialPotential');
  const compensates = dynamics.negative?.rule === 'compensating';
  const corrects = dynamics.negative?.rule === 'correcting';
  const keepsCharge = dynamics.reset === 'soft' && dynamics.leak === undefined && dynamics.growth === undefined;
  const rounds = keepsCharge && dynamics.shift === undefined && dynamics.counts === undefined && !corrects && starts;
  return {
    ...definition,
    initialState: (given) => ({
      potential: starts ? clone(named(given, 'initialPotential')) : scalar(0),
      ...(compensates && { [spikesSoFar]: scalar(0) }),
      ...(corrects && { [sentSoFar]: scalar(0) }),
    }),
    step(state, current, given, fixed, fire) {
      const parts = partsOf(neuron, given, fixed);
      if (parts.rises !== undefined) return corrected(state, current, parts.rises, parts, fire);
      const charged = chargedBy(potentialOf(state), current, parts);
      return fired(charged, parts, dynamics, fire, state[spikesSoFar]);
    },
    reference(currents, values) {
      const parts = partsOf(neuron, values, values);
      let count = 0;
      if (parts.rises !== undefined) return correctedTrace(currents, parts.rises, parts);
      return replay(currents, starts ? named(values, 'initialPotential') : 0, (potential, current) => {
        const { theta, leak, shift } = parts;
        const kept = (leak === undefined ? potential : leak * potential) + current;
        const charged = shift === undefined ? kept : kept + theta / (2 * shift);
        const { spikes, after } = decide(charged, parts, dynamics, count);
        count += spikes;
        return { spikes, potential: after };
      });
    },
    // The kernels have no rule for correcting spikes.
    ...(!corrects && { fused: fusedOf(neuron, starts) }),
    ...(keepsCharge && { balance: balanceOf(neuron) }),
    ...(rounds && {
      // Like the clip of quantization-clip, which passes a gradient up to and including level T (METHOD.md §3). A compensating neuron ends at the
      // rounded input, as if its input had arrived evenly.
      rateSlope(charge, fixed, steps) {
        const above = within(charge, 0, 1 + 1 / steps);
        const { slope } = partsOf<Tensor | undefined>(neuron, { threshold: charge }, fixed);
        return slope === undefined ? above : add(above, mul(within(charge, -1 / slope, 0), slope));
      },
    }),
  };
}

/** One step of correcting neurons: m = max(V, −S) is rounded to a spike's value. */
function corrected(
  state: NeuronState,
  current: Tensor,
  rises: readonly Rise[],
  { theta, growth }: Parts<Tensor>,
  fire: Fire,
): NeuronStep {
  const grown = (value: Tensor): Tensor => (growth === 1 ? value : mul(value, growth));
  const charged = add(grown(potentialOf(state)), current);
  const sent = grown(state[sentSoFar] ?? scalar(0));
  const missing = maximum(charged, neg(sent));
  const spikes = rises.reduce<Tensor>(
    (sum, { at, worth }) =>
      tidy(() => {
        const boundary = mul(theta, at);
        const sign = sub(fire(sub(missing, boundary)), fire(neg(add(missing, boundary))));
        return add(sum, worth === 1 ? sign : mul(sign, worth));
      }),
    scalar(0),
  );
  const value = mul(spikes, theta);
  return { state: { potential: sub(charged, value), [sentSoFar]: add(sent, value) }, spikes };
}

/** The same for one neuron over all steps. */
function correctedTrace(
  currents: readonly number[],
  rises: readonly Rise[],
  { theta, growth }: Parts<number>,
): NeuronTrace {
  let sent = 0;
  return replay(currents, 0, (potential, current) => {
    const charged = growth * potential + current;
    sent *= growth;
    const missing = Math.max(charged, -sent);
    const size = Math.abs(missing);
    const count = rises.reduce((sum, { at, worth }) => (size >= at * theta ? sum + worth : sum), 0);
    const spikes = missing < 0 ? -count : count;
    sent += theta * spikes;
    return { spikes, potential: charged - theta * spikes };
  });
}

/** λ·V + I + θ/(2T) */
function chargedBy(potential: Tensor, current: Tensor, { theta, leak, shift }: Parts<Tensor>): Tensor {
  const kept = add(leak === undefined ? potential : mul(leak, potential), current);
  return shift === undefined ? kept : add(kept, mul(theta, 1 / (2 * shift)));
}

/** The spikes of charged neurons, each decided separately so that a surrogate gradient applies to all, and the state after their reset. */
function fired(
  charged: Tensor,
  { theta, slope, tolerance, most }: Parts<Tensor>,
  { reset, fires }: NeuronDynamics,
  fire: Fire,
  before: Tensor | undefined,
): NeuronStep {
  const excess = sub(charged, theta);
  const first = fires === 'above' ? mul(fire(excess), notZero(excess)) : fire(excess);
  let positive: Tensor = first;
  for (let n = 2; n <= most; n += 1) positive = add(positive, fire(sub(charged, mul(theta, n))));
  const rest = reset === 'soft' ? sub(charged, mul(theta, positive)) : mul(charged, sub(1, first));
  if (slope !== undefined) {
    const below = mul(theta, 1 / slope);
    const negative = fire(neg(add(charged, below)));
    const potential = reset === 'soft' ? add(rest, mul(below, negative)) : mul(rest, sub(1, negative));
    return { state: { potential }, spikes: sub(positive, negative) };
  }
  if (tolerance === undefined) return { state: { potential: rest }, spikes: positive };
  const count = add(before ?? scalar(0), positive);
  // Halfway between counts, so that a surrogate is equally steep on both sides.
  const negative = mul(sub(1, fire(add(rest, mul(theta, tolerance)))), fire(sub(count, 0.5)));
  return {
    state: { potential: add(rest, mul(theta, negative)), [spikesSoFar]: sub(count, negative) },
    spikes: sub(positive, negative),
  };
}

/** The same for one neuron. @param count its spikes so far */
function decide(
  charged: number,
  { theta, slope, tolerance, most }: Parts<number>,
  { reset, fires }: NeuronDynamics,
  count: number,
): { readonly spikes: number; readonly after: number } {
  let spikes = 0;
  if (fires === 'above') spikes = charged > theta ? 1 : 0;
  else while (spikes < most && charged >= (spikes + 1) * theta) spikes += 1;
  let unit = theta;
  if (slope !== undefined && -charged >= theta / slope) [spikes, unit] = [-1, theta / slope];
  if (tolerance !== undefined && charged < -tolerance * theta && count > 0) spikes = -1;
  if (spikes === 0) return { spikes, after: charged };
  return { spikes, after: reset === 'soft' ? charged - unit * spikes : 0 };
}

function fusedOf(neuron: DescribedNeuron, starts: boolean): FusedNeuron {
  const { reset, fires, leak, negative } = neuron.dynamics;
  return {
    threshold: 'threshold',
    ...(starts && { initialPotential: 'initialPotential' }),
    ...(leak !== undefined && { leak }),
    settings(given) {
      const { shift, slope, tolerance, most } = settingsOf(neuron, given);
      return {
        hard: reset === 'hard' ? 1 : 0,
        above: fires === 'above' ? 1 : 0,
        negative: negative === undefined ? 0 : negative.rule === 'signed' ? 1 : 2,
        most,
        share: shift === undefined ? 0 : 1 / (2 * shift),
        below: slope === undefined ? 0 : 1 / slope,
        tolerance: tolerance ?? 0,
      };
    },
  };
}

function balanceOf(neuron: DescribedNeuron): ChargeBalance {
  const { shift } = neuron.dynamics;
  return {
    removed(spikes, values) {
      const { theta, slope } = partsOf(neuron, values, values);
      return spikes < 0 && slope !== undefined ? (theta / slope) * spikes : theta * spikes;
    },
    ...(shift !== undefined && {
      added: (values) => named(values, 'threshold') / (2 * (partsOf(neuron, values, values).shift ?? Number.NaN)),
    }),
  };
}
