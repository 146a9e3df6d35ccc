import { neuronDefinitions, partsOf } from '@rheobase/network';
import { add, clone, mul, sub } from '@tensorflow/tfjs-core';
import type { Neuron } from './neuron.js';
import { potentialOf } from './potential.js';
import { replay } from './replay.js';

const definition = neuronDefinitions['if-hard'];
const { parameters } = definition;

/** Integrate-and-fire with reset to zero: what lies above θ when it fires is lost. */
export const integrateAndFireHard: Neuron = {
  ...definition,
  initialState: (given) => ({ potential: clone(partsOf(parameters, given).initialPotential) }),
  step(state, current, given, _attributes, fire) {
    const { threshold: theta } = partsOf(parameters, given);
    const charged = add(potentialOf(state), current);
    const spikes = fire(sub(charged, theta));
    return { state: { potential: mul(charged, sub(1, spikes)) }, spikes };
  },
  reference(currents, values) {
    const { threshold: theta, initialPotential: initial } = partsOf(parameters, values);
    return replay(currents, initial, (potential, current) => {
      const charged = potential + current;
      return charged >= theta ? { spikes: 1, potential: 0 } : { spikes: 0, potential: charged };
    });
  },
};
