import type { Network, NodeOf } from '@rheobase/network';
import { inferShapes, nodeOf, shapeAt } from '@rheobase/network';
import { siteValues } from './reference-op.js';
import type { ReferenceSimulation } from './reference-simulate.js';

/** A spike of an engine that is not the reference's. */
export interface SpikeDifference {
  readonly node: string;
  /** From 0. */
  readonly step: number;
  readonly neuron: number;
  /** How far the reference's neuron was from doing the same, as a share of its threshold. */
  readonly margin: number;
}

/** The potential that a neuron of the reference had at a step before it fired or was reset. */
function chargedPotential(
  node: NodeOf<'neuron'>,
  values: Readonly<Record<string, number>>,
  reference: ReferenceSimulation,
  step: number,
  neuron: number,
): number {
  const at = (steps: readonly Float64Array[] | undefined, t: number): number => steps?.[t]?.[neuron] ?? Number.NaN;
  const potentials = reference.potentials.get(node.name);
  if (node.neuron.kind === 'if-hard') {
    const before = step === 0 ? (values['initialPotential'] ?? 0) : at(potentials, step - 1);
    return before + at(reference.values.get(node.inputs[0]), step);
  }
  const spike = at(reference.spikes.get(node.name), step);
  const theta = values['threshold'] ?? Number.NaN;
  const below = node.neuron.kind === 'signed-if' ? theta / (values['slope'] ?? 1) : theta;
  return at(potentials, step) + (spike > 0 ? theta * spike : below * spike);
}

/** The potentials at which a neuron's answer changes. */
function borders(kind: string, values: Readonly<Record<string, number>>): readonly number[] {
  const theta = values['threshold'] ?? Number.NaN;
  switch (kind) {
    case 'signed-if':
      return [theta, -theta / (values['slope'] ?? 1)];
    case 'compensating-if':
      return [theta, -theta * (values['tolerance'] ?? Number.NaN)];
    case 'burst':
      return Array.from({ length: Math.min(values['maximum'] ?? 1, 64) }, (_, i) => theta * (i + 1));
    default:
      return [theta];
  }
}

/**
 * How far a neuron of the reference was, at a step, from answering otherwise, as a share of its threshold.
 *
 * @param name of its population
 */
export function spikeMargin(
  network: Network,
  name: string,
  reference: ReferenceSimulation,
  step: number,
  neuron: number,
): number {
  const node = nodeOf(network, name);
  if (node.op !== 'neuron') throw new Error(`'${name}' is no neuron.`);
  const values = siteValues(node.neuron, network, shapeAt(inferShapes(network), node.name), neuron);
  const charged = chargedPotential(node, values, reference, step, neuron);
  const away = borders(node.neuron.kind, values).map((border) => Math.abs(charged - border));
  return Math.min(...away) / (values['threshold'] ?? Number.NaN);
}

/**
 * Where the spikes of an engine, in another precision, first leave the reference's: for each population the first differing step of each of its
 * neurons, as what follows there is another story. Populations that read one with differences are left out for the same reason.
 *
 * @param network with every attribute of its neurons given
 * @param spikesOf a population's spikes, signed, `[T, …shape]`
 */
export function spikeDifferences(
  network: Network,
  reference: ReferenceSimulation,
  spikesOf: (node: string) => ArrayLike<number>,
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
      found.push({ node: node.name, step, neuron, margin: spikeMargin(network, node.name, reference, step, neuron) });
    }
  }
  return found;
}
