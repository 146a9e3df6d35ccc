import type { ModelDefinition } from './model-definition.js';
import { attributeValues } from './model-definition.js';
import type { NeuronSpec } from './spec.js';

/**
 * Spikes that count −1.
 *
 * - `signed`: s⁻ = [−V ≥ θ/α], and V ← V + θ/α; with a hard reset V ← 0
 * - `compensating`: s⁻ = [V < −ε·θ]·[N > 0], where N is the sum of spikes so far, and V ← V + θ: a spike fired too early is taken back
 */
export type NegativeSpikes =
  | { readonly rule: 'signed' /** Name of the attribute α. */; readonly slope: string }
  | { readonly rule: 'compensating' /** Name of the attribute ε. */; readonly tolerance: string };

/**
 * What a neuron does in a step, as data. Engines choose their kernels by it, and integer networks their rule, so that a neuron of any
 * name runs wherever its combination does:
 *
 *     V ← λ·V + I + θ/(2T);   s⁺ = clip(⌊V/θ⌋, 0, Γ);   V ← V − θ·s⁺ (soft), or 0 where s⁺ > 0 (hard);   then the negative spike, if any
 *
 * What is absent is left out: no leak, no shift, no negative spikes, Γ = 1. The names are those of the definition's parts. Besides
 * `threshold` and, where the neuron has one, `initialPotential`, the leak is the only parameter; V(0) is 0 without an `initialPotential`.
 */
export interface NeuronDynamics {
  readonly reset: 'soft' | 'hard';
  /** Name of the parameter λ. */
  readonly leak?: string;
  /** Name of the attribute T: θ/(2T) is added to the input of every step. */
  readonly shift?: string;
  readonly negative?: NegativeSpikes;
  /** Name of the attribute Γ: a neuron fires up to Γ spikes in a step. */
  readonly counts?: string;
}

/** What a neuron is given, and what it does with it. */
export interface NeuronDefinition extends ModelDefinition {
  /** Absent: it is none that a descriptor can state. Such a neuron runs on tfjs only, by its own step. */
  readonly dynamics?: NeuronDynamics;
}

/** A neuron that has a descriptor. */
export type DescribedNeuron = NeuronDefinition & Required<Pick<NeuronDefinition, 'dynamics'>>;

/** Whether engines other than tfjs can be asked for a neuron. */
export function isDescribed(neuron: NeuronDefinition): neuron is DescribedNeuron {
  return neuron.dynamics !== undefined;
}

/**
 * The least and the greatest count of spikes in a step.
 *
 * @throws if the attribute that limits the count is not given and has no initial value.
 */
export function spikeRange(
  { dynamics, attributes }: DescribedNeuron,
  given: NeuronSpec['attributes'],
): readonly [least: number, greatest: number] {
  const { negative, counts } = dynamics;
  const greatest = counts === undefined ? 1 : (attributeValues(attributes, given)[counts] ?? Number.NaN);
  return [negative === undefined ? 0 : -1, greatest];
}

/** A descriptor in words, for messages: `soft reset with leak and counts`. */
export function describeDynamics({ reset, leak, shift, negative, counts }: NeuronDynamics): string {
  const parts = [
    ...(leak === undefined ? [] : ['leak']),
    ...(shift === undefined ? [] : ['shift']),
    ...(negative === undefined ? [] : [`${negative.rule} negative spikes`]),
    ...(counts === undefined ? [] : ['counts']),
  ];
  return [`${reset} reset`, ...(parts.length > 0 ? [parts.join(' and ')] : [])].join(' with ');
}
