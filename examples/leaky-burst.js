// A plugin: a custom neuron, available by name on the command line and in experiment files.
// rheobase simulate --plugin examples/leaky-burst.js --neuron leaky-burst --neuron-option leak=0.95 …
import { describedNeuron } from '@rheobase/neurons';

/**
 * A leaky neuron that fires up to Γ spikes in a step: V ← λ·V + I; n = clip(⌊V/θ⌋, 0, Γ); V ← V − θ·n. Its descriptor, `dynamics`, names the
 * parameter and the attribute that λ and Γ are. The step on tensors, its reference, how it stands for an activation, and the event engine's
 * kernels all follow from it.
 */
const leakyBurst = describedNeuron({
  kind: 'leaky-burst',
  summary: 'leaky, with up to Γ spikes a step, soft reset: V ← λ·V + I; n = clip(⌊V/θ⌋, 0, Γ); V ← V − θ·n',
  parameters: {
    threshold: { role: 'threshold', initial: 1, minimum: 0, nonzero: true, summary: 'θ' },
    initialPotential: { role: 'initialPotential', initial: 0, summary: 'V(0)' },
    leak: { role: 'dynamics', initial: 0.9, minimum: 0, maximum: 1, nonzero: true, summary: 'λ, what is left of V' },
  },
  attributes: {
    maximum: { initial: 5, minimum: 1, maximum: 127, integer: true, summary: 'Γ, the most spikes in a step' },
  },
  dynamics: { reset: 'soft', leak: 'leak', counts: 'maximum' },
});

/** @type {import('@rheobase/experiments/node').Plugin} */
export default { neurons: [leakyBurst] };
