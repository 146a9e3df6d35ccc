import type { NeuronTrace } from './neuron.js';

/** The reference of a neuron whose state is its potential: its scalar step over all currents. */
export function replay(
  currents: readonly number[],
  initial: number,
  step: (potential: number, current: number) => { readonly spikes: number; readonly potential: number },
): NeuronTrace {
  const spikes: number[] = [];
  const potentials: number[] = [];
  let potential = initial;
  for (const current of currents) {
    const after = step(potential, current);
    potential = after.potential;
    spikes.push(after.spikes);
    potentials.push(potential);
  }
  return { spikes, potentials };
}
