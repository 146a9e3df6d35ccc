import { neuronDefinitions } from '@rheobase/network';
import { describedNeuron } from './described-neuron.js';
import type { Neuron } from './neuron.js';

/** Integrate-and-fire with reset to zero: what lies above θ when it fires is lost. */
export const integrateAndFireHard: Neuron = describedNeuron(neuronDefinitions['if-hard']);
