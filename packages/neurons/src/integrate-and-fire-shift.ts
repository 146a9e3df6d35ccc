import { neuronDefinitions } from '@rheobase/network';
import { describedNeuron } from './described-neuron.js';
import type { Neuron } from './neuron.js';

/**
 * Integrate-and-fire with soft reset that starts at 0 and is given θ/(2T) with the input of every step: the variant
 * without an initial potential (METHOD.md §4). After T steps it has had the same charge as `if` with V(0) = θ/2.
 */
export const integrateAndFireShift: Neuron = describedNeuron(neuronDefinitions['if-shift']);
