import type { Network, Probe } from '@rheobase/network';
import type { FanOut } from './fan-out.js';
import { fanOutOf } from './fan-out.js';

/**
 * The probes that a simulation needs for spike counts, synaptic operations and energy: for every neuron node its `events`
 * plain, the number of neurons that fired (`firings`), and the events weighted by its fan-out into hidden layers, and weighted by that into the read-out where it has one.
 *
 * @throws {NetworkError} as {@link fanOutOf} does.
 */
export function energyProbes(network: Network): readonly Probe[] {
  return probesFor(fanOutOf(network));
}

/** For every neuron node a `spike-count`, for the fractions of silent and saturated neurons. */
export function spikeCountProbes(network: Network): readonly Probe[] {
  return network.nodes.flatMap(({ op, name }) => (op === 'neuron' ? [{ kind: 'spike-count', node: name }] : []));
}

export function probesFor({ hidden, readOut }: FanOut): readonly Probe[] {
  const weighted = (node: string, weights: Float32Array | undefined): readonly Probe[] =>
    weights?.some((weight) => weight > 0) ? [{ kind: 'events', node, weights }] : [];
  return [...hidden.keys()].flatMap((node) => [
    { kind: 'events', node } as const,
    { kind: 'firings', node } as const,
    ...weighted(node, hidden.get(node)),
    ...weighted(node, readOut.get(node)),
  ]);
}
