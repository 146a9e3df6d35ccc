import { attributeValues, neuronDefinitions, partsOf } from '@rheobase/network';
import { add, clone, mul, neg, sub } from '@tensorflow/tfjs-core';
import type { Neuron } from './neuron.js';
import { potentialOf } from './potential.js';
import { replay } from './replay.js';
import { within } from './rate-slope.js';

const definition = neuronDefinitions['signed-if'];
const { parameters, attributes } = definition;

/**
 * The asymmetric signed neuron of leaky-ReLU networks (METHOD.md §4): s⁺ = 1 if V ≥ θ, and V −= θ; s⁻ = 1 if −V ≥ θ/α,
 * and V += θ/α; the spikes are s⁺ − s⁻. A negative spike says −θ and takes away θ/α, so
 * θ·mean s⁺ − (θ/α)·mean s⁻ = mean I + (V(0) − V(T))/T.
 */
export const signedIntegrateAndFire: Neuron = {
  ...definition,
  initialState: (given) => ({ potential: clone(partsOf(parameters, given).initialPotential) }),
  step(state, current, given, fixed, fire) {
    const { threshold: theta } = partsOf(parameters, given);
    const below = mul(theta, 1 / attributeValues(attributes, fixed).slope);
    const charged = add(potentialOf(state), current);
    const positive = fire(sub(charged, theta));
    const negative = fire(neg(add(charged, below)));
    const potential = add(sub(charged, mul(theta, positive)), mul(below, negative));
    return { state: { potential }, spikes: sub(positive, negative) };
  },
  reference(currents, values) {
    const { threshold: theta, initialPotential: initial } = partsOf(parameters, values);
    const below = theta / attributeValues(attributes, values).slope;
    return replay(currents, initial, (potential, current) => {
      const charged = potential + current;
      if (charged >= theta) return { spikes: 1, potential: charged - theta };
      if (-charged >= below) return { spikes: -1, potential: charged + below };
      return { spikes: 0, potential: charged };
    });
  },
  balance: {
    removed(spikes, values) {
      const { threshold: theta } = partsOf(parameters, values);
      return spikes >= 0 ? theta * spikes : (theta / attributeValues(attributes, values).slope) * spikes;
    },
  },
  rateSlope(charge, fixed, steps) {
    const { slope } = attributeValues(attributes, fixed);
    return add(within(charge, 0, 1 + 1 / steps), mul(within(charge, -1 / slope, 0), slope));
  },
};
