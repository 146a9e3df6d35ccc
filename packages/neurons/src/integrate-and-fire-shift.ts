import { attributeValues, neuronDefinitions, partsOf } from '@rheobase/network';
import { add, mul, scalar, sub } from '@tensorflow/tfjs-core';
import type { Neuron } from './neuron.js';
import { potentialOf } from './potential.js';
import { replay } from './replay.js';

const definition = neuronDefinitions['if-shift'];
const { parameters, attributes } = definition;

/**
 * Integrate-and-fire with soft reset that starts at 0 and is given θ/(2T) with the input of every step: the variant
 * without an initial potential (METHOD.md §4). After T steps it has had the same charge as `if` with V(0) = θ/2.
 */
export const integrateAndFireShift: Neuron = {
  ...definition,
  initialState: () => ({ potential: scalar(0) }),
  step(state, current, given, fixed, fire) {
    const { threshold: theta } = partsOf(parameters, given);
    const shift = mul(theta, 1 / (2 * attributeValues(attributes, fixed).steps));
    const charged = add(add(potentialOf(state), current), shift);
    const spikes = fire(sub(charged, theta));
    return { state: { potential: sub(charged, mul(theta, spikes)) }, spikes };
  },
  reference(currents, values) {
    const { threshold: theta } = partsOf(parameters, values);
    const { steps } = attributeValues(attributes, values);
    return replay(currents, 0, (potential, current) => {
      const charged = potential + current + theta / (2 * steps);
      const spikes = charged >= theta ? 1 : 0;
      return { spikes, potential: charged - theta * spikes };
    });
  },
  balance: {
    removed: (spikes, values) => partsOf(parameters, values).threshold * spikes,
    added: (values) => partsOf(parameters, values).threshold / (2 * attributeValues(attributes, values).steps),
  },
};
