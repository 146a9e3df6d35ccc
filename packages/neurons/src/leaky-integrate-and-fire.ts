import type { ParameterDefinition } from '@rheobase/network';
import { partsOf } from '@rheobase/network';
import { add, clone, mul, sub } from '@tensorflow/tfjs-core';
import { initialPotential } from './initial-potential.js';
import type { Neuron } from './neuron.js';
import { potentialOf } from './potential.js';
import { replay } from './replay.js';
import { threshold } from './threshold.js';

const leak = {
  role: 'dynamics',
  initial: 0.9,
  minimum: 0,
  maximum: 1,
  nonzero: true,
  summary: 'λ, the share of the potential that is left after a step; 1 is no leak',
} as const satisfies ParameterDefinition;

const parameters = { threshold, initialPotential, leak };

/**
 * Leaky integrate-and-fire with soft reset: V ← λ·V + I; s = 1 if V ≥ θ, else 0; V ← V − θ·s. The input is not scaled.
 * With a membrane time constant τ and steps of length Δt, λ = exp(−Δt/τ).
 */
export const leakyIntegrateAndFire: Neuron = {
  kind: 'lif',
  summary: 'leaky integrate-and-fire, soft reset: V ← λ·V + I; s = [V ≥ θ]; V ← V − θ·s',
  parameters,
  attributes: {},
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
