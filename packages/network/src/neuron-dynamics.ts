import type { AllowedRange, ModelDefinition } from './model-definition.js';
import { attributeValues, describeRange } from './model-definition.js';
import { ownValue } from './own-value.js';
import type { Registry } from './registry.js';
import type { NeuronSpec } from './spec.js';

/**
 * Spikes that count −1.
 *
 * - `signed`: s⁻ = [−V ≥ θ/α], and V ← V + θ/α, or V ← 0 with a hard reset
 * - `compensating`: s⁻ = [V < −ε·θ]·[N > 0], where N is the sum of all spikes so far, and V ← V + θ: takes back a spike that was fired too early
 * - `correcting`: spikes of either sign correct what was sent so far, S (the sum of θ·s, in units of V): m = max(V, −S) is what is still to be sent,
 *   never less than takes all of it back, as a ReLU is never below zero; s rounds m/θ; V ← V − θ·s and S ← S + θ·s
 */
export type NegativeSpikes =
  | { readonly rule: 'signed' /** Name of the attribute α. */; readonly slope: string }
  | { readonly rule: 'compensating' /** Name of the attribute ε. */; readonly tolerance: string }
  | { readonly rule: 'correcting' };

/**
 * A neuron's step as data, its descriptor. Engines choose their kernels by it and integer networks their rule, so that a neuron of any name runs
 * wherever its combination is supported:
 *
 *     V ← λ·V + I + θ/(2T);   s⁺ = clip(⌊V/θ⌋, 0, Γ);   V ← V − θ·s⁺ (soft), or 0 where s⁺ > 0 (hard);   then the negative spike, if any
 *
 * With `correcting` negative spikes, s is m/θ rounded to the nearest of 0, ±1, …, ±Γ, half up in magnitude, or of 0, ±1, ±2, ±4, …, ±2ⁿ⁻¹ with `powers`.
 *
 * Defaults: no leak, no shift, no negative spikes, Γ = 1, fires at V ≥ θ. The names are those of the definition's parts. Its only parameters are `threshold`,
 * `initialPotential` (default: V(0) = 0) and the leak.
 */
export interface NeuronDynamics {
  readonly reset: 'soft' | 'hard';
  /** Fires at V > θ only: s⁺ = [V > θ]. Not with counts. */
  readonly fires?: 'above';
  /** Name of the parameter λ. */
  readonly leak?: string;
  /** Name of the attribute T: θ/(2T) is added to the input of every step. */
  readonly shift?: string;
  readonly negative?: NegativeSpikes;
  /** Name of the attribute Γ: a neuron fires up to Γ spikes in a step. */
  readonly counts?: string;
  /**
   * Name of the attribute n: a spike is worth one power of two, θ to 2ⁿ⁻¹·θ, so θ is the least of n thresholds. It is the nearest one: from ½·θ the first,
   * from ¾·2ᵏ·θ the k-th above it. With `correcting` only.
   */
  readonly powers?: string;
  /**
   * Name of the attribute λ of differential coding: V and S are multiplied by λ before every step but the first, so that the spikes of a step are worth λ
   * times less than those of the step before. See `growthOf`. With `correcting` only.
   */
  readonly growth?: string;
}

/** Greatest n of `powers`: spikes are recorded as int8, which holds values to 2⁶. */
export const mostPowers = 7;

/** A neuron's parameters and attributes, and its descriptor. */
export interface NeuronDefinition extends ModelDefinition {
  /** Absent if no descriptor can express it. Such a neuron runs on tfjs only, with its own step. */
  readonly dynamics?: NeuronDynamics;
}

/** The bounds that a descriptor requires of a part that it names. */
interface Demand extends AllowedRange {
  readonly name: string | undefined;
  readonly of: Readonly<Record<string, AllowedRange>>;
}

function dynamicsProblem(
  { parameters, attributes }: ModelDefinition,
  { reset, fires, leak, shift, negative, counts, powers, growth }: NeuronDynamics,
): string | undefined {
  const demands: readonly Demand[] = [
    { name: 'threshold', of: parameters, minimum: 0, nonzero: true },
    { name: leak, of: parameters, minimum: 0, maximum: 1 },
    { name: shift, of: attributes, minimum: 1 },
    { name: negative?.rule === 'signed' ? negative.slope : undefined, of: attributes, minimum: 0, nonzero: true },
    { name: negative?.rule === 'compensating' ? negative.tolerance : undefined, of: attributes, minimum: 0 },
    // Spikes are recorded as int8.
    { name: counts, of: attributes, minimum: 1, maximum: 127, integer: true },
    { name: powers, of: attributes, minimum: 1, maximum: mostPowers, integer: true },
    { name: growth, of: attributes, minimum: 1, maximum: 2 },
  ];
  for (const { name, of, ...wanted } of demands) {
    if (name !== undefined && !isWithin(ownValue(of, name), wanted)) {
      const what = of === parameters ? 'parameter' : 'attribute';
      return `it needs the ${what} '${name}', bounded to be ${describeRange(wanted)}`;
    }
  }
  const stray = Object.keys(parameters).find((name) => !['threshold', 'initialPotential', leak].includes(name));
  if (stray !== undefined) return `it does not use the parameter '${stray}'`;
  if (fires === 'above' && counts !== undefined) return 'counts of spikes are taken at V ≥ n·θ, not above it';
  if (reset === 'hard' && negative?.rule === 'compensating')
    return 'a hard reset leaves nothing that a compensating spike could take back';
  if (negative?.rule === 'correcting') {
    if (reset === 'hard') return 'a hard reset loses what correcting spikes still have to send';
    if (fires !== undefined || leak !== undefined || shift !== undefined)
      return 'correcting spikes round what is to be sent, without a leak, a shift or a threshold that must be exceeded';
    if ((counts === undefined) === (powers === undefined))
      return 'correcting spikes are either counts or powers of two';
  } else if (powers !== undefined || growth !== undefined) {
    return 'powers of two and growth are for correcting spikes';
  }
  return undefined;
}

function isWithin(
  bounds: AllowedRange | undefined,
  { minimum = -Infinity, maximum = Infinity, nonzero, integer }: AllowedRange,
): boolean {
  if (bounds === undefined) return false;
  const least = bounds.minimum ?? -Infinity;
  return (
    least >= minimum &&
    (bounds.maximum ?? Infinity) <= maximum &&
    (!nonzero || bounds.nonzero === true || least > minimum) &&
    (!integer || bounds.integer === true)
  );
}

/** A neuron with a descriptor. */
export interface DescribedNeuron extends NeuronDefinition {
  readonly dynamics: NeuronDynamics;
}

/**
 * The neuron of a kind, if it is known and has a descriptor.
 *
 * @throws if the descriptor names a part that the definition lacks or gives other bounds, or if its rules contradict each other.
 */
export function findDescribed(kind: string, neurons: Registry<NeuronDefinition>): DescribedNeuron | undefined {
  return neurons.has(kind) ? described(neurons.get(kind)) : undefined;
}

/**
 * A neuron, if it has a descriptor.
 *
 * @throws as {@link findDescribed}.
 */
export function described(neuron: NeuronDefinition): DescribedNeuron | undefined {
  const { dynamics } = neuron;
  if (dynamics === undefined) return undefined;
  const problem = dynamicsProblem(neuron, dynamics);
  if (problem !== undefined)
    throw new Error(`The descriptor of the neuron '${neuron.kind}' does not fit it: ${problem}.`);
  return { ...neuron, dynamics };
}

/** The least and the greatest count of spikes in a step. */
export function spikeRange(
  { dynamics: { negative, counts, powers }, attributes }: DescribedNeuron,
  given: NeuronSpec['attributes'],
): readonly [least: number, greatest: number] {
  const values = attributeValues(attributes, given);
  const attribute = (name: string) => ownValue(values, name) ?? Number.NaN;
  const most = counts !== undefined ? attribute(counts) : powers !== undefined ? 2 ** (attribute(powers) - 1) : 1;
  if (negative === undefined) return [0, most];
  return [negative.rule === 'correcting' ? -most : -1, most];
}

/**
 * Bits that a spike of this neuron takes, without its address: one for that there is a spike, and ⌈log₂ v⌉ for which of v values it has (docs/decisions/0046). Binary spikes take one bit, single ones of
 * either sign two, those of n thresholds and their negatives 1 + ⌈log₂ 2n⌉.
 *
 * @returns undefined for a neuron with a step of its own, which says nothing of its values
 */
export function spikeBits({ kind, attributes }: NeuronSpec, neurons: Registry<NeuronDefinition>): number | undefined {
  const neuron = findDescribed(kind, neurons);
  if (neuron === undefined) return undefined;
  const [least, greatest] = spikeRange(neuron, attributes);
  const values = neuron.dynamics.powers === undefined ? greatest - least : 2 * (Math.log2(greatest) + 1);
  return 1 + Math.ceil(Math.log2(values));
}

/** Whether the neuron of a kind is known and fires 0 or 1 spike per step. */
export function firesBinary(kind: string, neurons: Registry<NeuronDefinition>): boolean {
  const dynamics = findDescribed(kind, neurons)?.dynamics;
  return dynamics !== undefined && dynamics.negative === undefined && dynamics.counts === undefined;
}

/** A descriptor in words, for messages: `a soft reset with leak and counts`. */
export function describeDynamics({
  reset,
  fires,
  leak,
  shift,
  negative,
  counts,
  powers,
  growth,
}: NeuronDynamics): string {
  const parts = [
    ...(fires === undefined ? [] : ['spikes above θ only']),
    ...(leak === undefined ? [] : ['leak']),
    ...(shift === undefined ? [] : ['shift']),
    ...(negative === undefined ? [] : [`${negative.rule} negative spikes`]),
    ...(counts === undefined ? [] : ['counts']),
    ...(powers === undefined ? [] : ['powers of two']),
    ...(growth === undefined ? [] : ['differential coding']),
  ];
  return `a ${reset} reset${parts.length > 0 ? ` with ${parts.join(' and ')}` : ''}`;
}

/**
 * What counts as a spike in a network, by its neurons' definitions:
 *
 * - `binary`: each neuron fires 0 or 1 in a step
 * - `signed`: some fire −1 as well, which takes back
 * - `several values`: some fire counts up to Γ
 * - `custom`: some have a step of their own, which says nothing of its spikes
 */
export type SpikeValues = 'binary' | 'signed' | 'several values' | 'custom';

/** What a spike is in the neurons of these specifications: the furthest from binary of any. */
export function spikeValuesOf(specs: readonly NeuronSpec[], neurons: Registry<NeuronDefinition>): SpikeValues {
  const ranges = specs.map(({ kind, attributes }) => {
    const found = findDescribed(kind, neurons);
    return found === undefined ? undefined : spikeRange(found, attributes);
  });
  if (ranges.includes(undefined)) return 'custom';
  if (ranges.some((range) => (range?.[1] ?? 1) > 1)) return 'several values';
  return ranges.some((range) => (range?.[0] ?? 0) < 0) ? 'signed' : 'binary';
}
