import type { Network } from '@rheobase/network';

/**
 * Refuses to run neurons that were made for another number of steps: their constant input θ/(2T) would be wrong at every other.
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
