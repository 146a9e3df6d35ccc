import { neuronDefinitions } from '@rheobase/network';
import { describedNeuron } from './described-neuron.js';
import type { Neuron } from './neuron.js';

/**
 * Integrate-and-fire with reset by subtraction and no leak (METHOD.md §4): V ← V + I; s = 1 if V ≥ θ, else 0;
 * V ← V − θ·s.
 */
export const integrateAndFire: Neuron = {
  ...describedNeuron(neuronDefinitions.if),
  kernel: 'RheobaseIntegrateAndFire',
};
