import type { Network, NeuronDefinition, NeuronDynamics, NodeOf, Registry } from '@rheobase/network';
import { findDescribed, inferShapes, knownNeurons, nodeOf, shapeAt } from '@rheobase/network';
import { value } from './model-references.js';
import { siteValues } from './reference-op.js';
import type { ReferenceSimulation } from './reference-simulate.js';
import { stepBiasAt } from './step-bias-at.js';

/** A difference between the spikes of an engine and the reference. */
export interface SpikeDifference {
  readonly node: string;
  /** From 0. */
  readonly step: number;
  readonly neuron: number;
  /** How far the reference's neuron was from doing the same, as a fraction of its threshold. */
  readonly margin: number;
}

/** The potential of a reference neuron in a step before it fired or was reset. */
function chargedPotential(
  network: Network,
  node: NodeOf<'neuron'>,
  { reset, leak, shift, negative }: NeuronDynamics,
  values: Readonly<Record<string, number>>,
  reference: ReferenceSimulation,
  step: number,
  neuron: number,
): number {
  const { name, inputs } = node;
  const at = (steps: readonly Float64Array[] | undefined, t: number): number => steps?.[t]?.[neuron] ?? Number.NaN;
  const potentials = reference.potentials.get(name);
  const theta = value(values, 'threshold');
  if (reset === 'hard') {
    const before = step === 0 ? (values['initialPotential'] ?? 0) : at(potentials, step - 1);
    const added = shift === undefined ? 0 : theta / (2 * value(values, shift));
    const current = at(reference.values.get(inputs[0]), step) + stepBiasAt(node, network, step, neuron);
    return (leak === undefined ? 1 : value(values, leak)) * before + current + added;
  }
  const spikes = at(reference.spikes.get(name), step);
  const below = negative?.rule === 'signed' ? theta / value(values, negative.slope) : theta;
  return at(potentials, step) + (spikes > 0 ? theta : below) * spikes;
}

/** The potentials at which a neuron's output changes. */
function borders(
  { negative, counts }: NeuronDynamics,
  values: Readonly<Record<string, number>>,
): readonly [number, ...number[]] {
  const theta = value(values, 'threshold');
  const most = counts === undefined ? 1 : Math.min(value(values, counts), 64);
  const further = Array.from({ length: most - 1 }, (_, i) => theta * (i + 2));
  if (negative?.rule === 'signed') further.push(-theta / value(values, negative.slope));
  if (negative?.rule === 'compensating') further.push(-theta * value(values, negative.tolerance));
  return [theta, ...further];
}

/**
 * How far a reference neuron was from another output in a step, as a fraction of its threshold.
 *
 * @param name name of its population
 */
export function spikeMargin(
  network: Network,
  name: string,
  reference: ReferenceSimulation,
  step: number,
  neuron: number,
  neurons: Registry<NeuronDefinition> = knownNeurons,
): number {
  const node = nodeOf(network, name);
  if (node.op !== 'neuron') throw new Error(`'${name}' is no neuron.`);
  const values = siteValues(node.neuron, network, shapeAt(inferShapes(network), node.name), neuron);
  const dynamics: NeuronDynamics = findDescribed(node.neuron.kind, neurons)?.dynamics ?? { reset: 'soft' };
  if (dynamics.negative?.rule === 'correcting')
    return correctingMargin(node, dynamics, values, reference, step, neuron);
  const charged = chargedPotential(network, node, dynamics, values, reference, step, neuron);
  const away = borders(dynamics, values).map((border) => Math.abs(charged - border));
  return Math.min(...away) / value(values, 'threshold');
}

/** The same for a neuron that corrects what it sent: how far what is to be sent was from the middle of two values. */
function correctingMargin(
  { name }: NodeOf<'neuron'>,
  { counts, powers, growth }: NeuronDynamics,
  values: Readonly<Record<string, number>>,
  reference: ReferenceSimulation,
  step: number,
  neuron: number,
): number {
  const theta = value(values, 'threshold');
  const factor = growth === undefined ? 1 : value(values, growth);
  const spikes = (reference.spikes.get(name) ?? []).slice(0, step + 1).map((now) => now[neuron] ?? 0);
  const sent = spikes.slice(0, -1).reduce((sum, now) => factor * (sum + theta * now), 0);
  const charged = (reference.potentials.get(name)?.[step]?.[neuron] ?? Number.NaN) + theta * (spikes.at(-1) ?? 0);
  const size = Math.abs(Math.max(charged, -sent)) / theta;
  const middles =
    counts !== undefined
      ? Array.from({ length: value(values, counts) }, (_, i) => i + 0.5)
      : Array.from({ length: value(values, powers ?? '') }, (_, k) => (k === 0 ? 0.5 : 0.75 * 2 ** k));
  return Math.min(...middles.map((middle) => Math.abs(size - middle)));
}

/**
 * Where the spikes of an engine in another precision first differ from the reference: the first differing step of each neuron, as later steps are not
 * comparable. Populations downstream of one with differences are skipped for the same reason.
 *
 * @param network a network with every attribute of its neurons given
 * @param spikesOf a population's spikes, signed, `[T, …shape]`
 */
export function spikeDifferences(
  network: Network,
  reference: ReferenceSimulation,
  spikesOf: (node: string) => ArrayLike<number>,
  neurons: Registry<NeuronDefinition> = knownNeurons,
): readonly SpikeDifference[] {
  const different = new Set<string>();
  const found: SpikeDifference[] = [];
  for (const node of network.nodes) {
    if (node.inputs.some((input) => different.has(input))) different.add(node.name);
    if (node.op !== 'neuron' || different.has(node.name)) continue;
    const expected = reference.spikes.get(node.name) ?? [];
    const size = expected[0]?.length ?? 0;
    const spikes = spikesOf(node.name);
    for (let neuron = 0; neuron < size; neuron++) {
      const step = expected.findIndex((now, t) => (spikes[t * size + neuron] ?? 0) !== (now[neuron] ?? 0));
      if (step < 0) continue;
      different.add(node.name);
      const margin = spikeMargin(network, node.name, reference, step, neuron, neurons);
      found.push({ node: node.name, step, neuron, margin });
    }
  }
  return found;
}
