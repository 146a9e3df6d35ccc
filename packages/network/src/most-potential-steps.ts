import { attributeValues } from './model-definition.js';
import { greatestMagnitude } from './greatest-magnitude.js';
import type { Network } from './network.js';
import { parameterOf } from './network.js';
import { knownNeurons } from './neuron-definitions.js';
import type { NeuronDefinition } from './neuron-dynamics.js';
import { findDescribed } from './neuron-dynamics.js';
import type { NeuronNode } from './node.js';
import { ownValue } from './own-value.js';
import type { Registry } from './registry.js';

/** Greatest magnitude of an integer potential: one less than the int32 maximum, so that a threshold of 2³¹ − 1 is never reached. */
export const greatestPotential = 2 ** 31 - 2;

/**
 * Greatest T for which the potential of integer neurons stays within ±{@link greatestPotential} for any input: |V(0)| + T·(|current| + |step bias| + the shift)
 * must not exceed it. No reset, leak or negative spike of a compensating neuron increases the magnitude. What a correcting neuron has sent may be rounded above what came in, by a third at
 * most, so its currents count twice. With differential coding
 * (growth λ) it is multiplied by λ in each step instead, and so is what was sent, which is at most as much as all currents together.
 *
 * @param current greatest magnitude of their input current in a step
 * @returns 0 if V(0) alone exceeds it
 */
export function mostPotentialSteps(
  network: Network,
  { neuron, stepBias }: NeuronNode,
  current: number,
  neurons: Registry<NeuronDefinition> = knownNeurons,
): number {
  const { threshold, initialPotential } = neuron.parameters;
  const start = initialPotential === undefined ? 0 : greatestMagnitude(parameterOf(network, initialPotential).data);
  const theta = threshold === undefined ? 0 : greatestMagnitude(parameterOf(network, threshold).data);
  const described = findDescribed(neuron.kind, neurons);
  const { shift, growth, negative } = described?.dynamics ?? {};
  const added = shift === undefined ? 0 : integerShift(theta, ownValue(neuron.attributes, shift) ?? 1);
  const bias = stepBias === undefined ? 0 : greatestMagnitude(parameterOf(network, stepBias).data);
  const each = Math.max(1, current + bias + added) * (negative?.rule === 'correcting' ? 2 : 1);
  const factor =
    described === undefined || growth === undefined
      ? 1
      : (ownValue(attributeValues(described.attributes, neuron.attributes), growth) ?? 1);
  if (factor <= 1) return Math.max(0, Math.floor((greatestPotential - start) / each));
  let steps = 0;
  for (let sum = each; sum <= greatestPotential; sum = Math.ceil(sum * factor) + each) steps += 1;
  return steps;
}

/** What an integer neuron with a shift adds to its current in each of T steps: ⌊θ/(2T) + ½⌋. */
export function integerShift(threshold: number, steps: number): number {
  return Math.floor(threshold / (2 * steps) + 0.5);
}

/** θ⁻ of an integer neuron with signed spikes, at which it fires −1: ⌊θ/α + ½⌋, but at most 2³¹ − 1, which no potential reaches. */
export function integerLowerThreshold(threshold: number, slope: number): number {
  return Math.min(Math.floor(threshold / slope + 0.5), greatestPotential + 1);
}
