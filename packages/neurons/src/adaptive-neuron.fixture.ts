import { neuronDefinitions, partsOf } from '@rheobase/network';
import { add, clone, mul, scalar, sub } from '@tensorflow/tfjs-core';
import type { Neuron } from './neuron.js';
import { potentialOf } from './potential.js';

const parameters = {
  ...neuronDefinitions.if.parameters,
  decay: {
    role: 'dynamics',
    initial: 0.5,
    minimum: 0,
    maximum: 1,
    summary: 'δ, the fraction of a that remains after a step',
  },
  rise: { role: 'dynamics', initial: 0.5, minimum: 0, summary: 'β, by how many θ a spike raises the threshold' },
} as const;

/** A neuron with an adaptive threshold: V ← V + I; s = [V ≥ θ + a]; V ← V − θ·s; a ← δ·a + β·θ·s. No descriptor can express it. */
export const adaptiveIntegrateAndFire: Neuron = {
  kind: 'adaptive-if',
  summary: 'integrate-and-fire whose threshold rises with its spikes',
  parameters,
  attributes: {},
  initialState: (given) => ({ potential: clone(partsOf(parameters, given).initialPotential), raised: scalar(0) }),
  step(state, current, given, _attributes, fire) {
    const { threshold, decay, rise } = partsOf(parameters, given);
    const raised = state['raised'] ?? scalar(0);
    const charged = add(potentialOf(state), current);
    const spikes = fire(sub(charged, add(threshold, raised)));
    return {
      state: {
        potential: sub(charged, mul(threshold, spikes)),
        raised: add(mul(decay, raised), mul(mul(rise, threshold), spikes)),
      },
      spikes,
    };
  },
  reference(currents, values) {
    const { threshold, initialPotential, decay, rise } = partsOf(parameters, values);
    let [potential, raised] = [initialPotential, 0];
    const trace = currents.map((current) => {
      potential += current;
      const limit = threshold + raised;
      const spikes = potential >= limit ? 1 : 0;
      potential -= threshold * spikes;
      raised = decay * raised + rise * threshold * spikes;
      return { spikes, potential, limit };
    });
    return {
      spikes: trace.map(({ spikes }) => spikes),
      potentials: trace.map((step) => step.potential),
      thresholds: trace.map(({ limit }) => limit),
    };
  },
};
