import type { Network } from '@rheobase/network';

/**
 * Refuses to run neurons with a shift for another number of steps: their constant input θ/(2T) is right for one T only.
 *
 * @throws naming the neuron and both numbers.
 */
export function assertStepsFit(network: Network, steps: number): void {
  for (const node of network.nodes) {
    const made = node.op === 'neuron' ? node.neuron.attributes['steps'] : undefined;
    if (made !== undefined && made !== steps) {
      throw new Error(
        `${node.name}: its shift was converted for ${made} time steps, not ${steps}. Give --steps ${made}, or convert again.`,
      );
    }
  }
}

/** T from a network's metadata; undefined without one in decimal digits. */
export function stepsIn(text: string | undefined): number | undefined {
  const steps = /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Number.isSafeInteger(steps) && steps >= 1 ? steps : undefined;
}

/**
 * The T that a spiking network was made for.
 *
 * @throws if its metadata do not state it.
 */
export function ownSteps({ metadata }: Network): number {
  const steps = stepsIn(metadata['steps']);
  if (steps !== undefined) return steps;
  throw new Error('Give --steps T: the network does not say for how many time steps it was made.');
}
