import { attributeValues, neuronDefinitions, partsOf } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, clone, mul, sub } from '@tensorflow/tfjs-core';
import type { Neuron } from './neuron.js';
import { potentialOf } from './potential.js';
import { replay } from './replay.js';

const definition = neuronDefinitions.burst;
const { parameters, attributes } = definition;

/**
 * Burst firing (Li and Zeng, "Efficient and accurate conversion of spiking neural network with burst spikes", IJCAI
 * 2022): up to Γ spikes in a step, n = min(max(⌊V/θ⌋, 0), Γ), and V ← V − θ·n. Spikes are counts. The fire function
 * decides each of the Γ spikes, the n-th at V ≥ n·θ, so that a surrogate gradient applies to all of them.
 */
export const burst: Neuron = {
  ...definition,
  initialState: (given) => ({ potential: clone(partsOf(parameters, given).initialPotential) }),
  step(state, current, given, fixed, fire) {
    const { threshold: theta } = partsOf(parameters, given);
    const charged = add(potentialOf(state), current);
    let spikes: Tensor = fire(sub(charged, theta));
    for (let n = 2; n <= attributeValues(attributes, fixed).maximum; n += 1) {
      spikes = add(spikes, fire(sub(charged, mul(theta, n))));
    }
    return { state: { potential: sub(charged, mul(theta, spikes)) }, spikes };
  },
  reference(currents, values) {
    const { threshold: theta, initialPotential: initial } = partsOf(parameters, values);
    const { maximum } = attributeValues(attributes, values);
    return replay(currents, initial, (potential, current) => {
      const charged = potential + current;
      let spikes = 0;
      while (spikes < maximum && charged >= (spikes + 1) * theta) spikes += 1;
      return { spikes, potential: charged - theta * spikes };
    });
  },
  balance: {
    removed: (spikes, values) => partsOf(parameters, values).threshold * spikes,
  },
};
