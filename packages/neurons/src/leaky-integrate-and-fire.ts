import { neuronDefinitions, partsOf } from '@rheobase/network';
import { add, clone, mul, sub } from '@tensorflow/tfjs-core';
import type { Neuron } from './neuron.js';
import { potentialOf } from './potential.js';
import { replay } from './replay.js';

const definition = neuronDefinitions.lif;
const { parameters } = definition;

/**
 * Leaky integrate-and-fire with soft reset: V ← λ·V + I; s = 1 if V ≥ θ, else 0; V ← V − θ·s. The input is not scaled.
 * With a membrane time constant τ and steps of length Δt, λ = exp(−Δt/τ).
 */
export const leakyIntegrateAndFire: Neuron = {
  ...definition,
  initialState: (given) => ({ potential: clone(partsOf(parameters, given).initialPotential) }),
  step(state, current, given, _attributes, fire) {
    const { threshold: theta, leak: share } = partsOf(parameters, given);
    const charged = add(mul(share, potentialOf(state)), current);
    const spikes = fire(sub(charged, theta));
    return { state: { potential: sub(charged, mul(theta, spikes)) }, spikes };
  },
  reference(currents, values) {
    const { threshold: theta, initialPotential: initial, leak: share } = partsOf(parameters, values);
    return replay(currents, initial, (potential, current) => {
      const charged = share * potential + current;
      const spikes = charged >= theta ? 1 : 0;
      return { spikes, potential: charged - theta * spikes };
    });
  },
};
