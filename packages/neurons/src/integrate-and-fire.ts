import { neuronDefinitions, partsOf } from '@rheobase/network';
import { add, clone, mul, sub } from '@tensorflow/tfjs-core';
import type { Neuron } from './neuron.js';
import { replay } from './replay.js';
import { potentialOf } from './potential.js';
import { within } from './rate-slope.js';

const definition = neuronDefinitions.if;
const { parameters } = definition;

/**
 * Integrate-and-fire with reset by subtraction and no leak (METHOD.md §4): V ← V + I; s = 1 if V ≥ θ, else 0;
 * V ← V − θ·s.
 */
export const integrateAndFire: Neuron = {
  ...definition,
  initialState: (given) => ({ potential: clone(partsOf(parameters, given).initialPotential) }),
  step(state, current, given, _attributes, fire) {
    const { threshold: theta } = partsOf(parameters, given);
    const charged = add(potentialOf(state), current);
    const spikes = fire(sub(charged, theta));
    return { state: { potential: sub(charged, mul(theta, spikes)) }, spikes };
  },
  reference(currents, values) {
    const { threshold: theta, initialPotential: initial } = partsOf(parameters, values);
    return replay(currents, initial, (potential, current) => {
      const charged = potential + current;
      const spikes = charged >= theta ? 1 : 0;
      return { spikes, potential: charged - theta * spikes };
    });
  },
  kernel: 'RheobaseIntegrateAndFire',
  balance: {
    removed: (spikes, values) => partsOf(parameters, values).threshold * spikes,
  },
  // As the clip of QC passes a gradient: the level T itself still does (METHOD.md §3).
  rateSlope: (charge, _attributes, steps) => within(charge, 0, 1 + 1 / steps),
};
