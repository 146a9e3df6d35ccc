import type { Forward } from './forward.js';
import { onlyInput } from './only-input.js';
import { onlyLogits } from './only-logits.js';
import { spikingForward } from './spiking-forward.js';

export interface RateForwardOptions {
  /** T, the number of time steps. */
  readonly steps: number;
}

/**
 * The forward pass of a spiking network over T time steps, as `spikingForward` has it, with a gradient that goes back once through the
 * neurons' firing rates rather than through every step: rate-based backpropagation (Yu et al., NeurIPS 2024, arXiv 2410.11488). Through a
 * rate it passes as stage I passes through a level (METHOD §3). A step of training costs T forward passes and one backward pass, in place of
 * T of each.
 *
 * @throws if the number of steps is out of range.
 */
export function rateForward({ steps }: RateForwardOptions): Forward {
  const { infer } = spikingForward({ steps });
  return {
    description: { kind: 'rates', steps },
    train: (bound, images) => {
      const outputs = bound.network.nodes.filter(({ op }) => op === 'output').map(({ name }) => name);
      const means = bound.throughRates(new Map([[onlyInput(bound.network), images]]), outputs, { steps });
      return { logits: onlyLogits(means), statistics: new Map() };
    },
    infer,
  };
}
