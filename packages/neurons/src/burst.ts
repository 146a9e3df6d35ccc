import { neuronDefinitions } from '@rheobase/network';
import { describedNeuron } from './described-neuron.js';
import type { Neuron } from './neuron.js';

/**
 * Burst firing (Li and Zeng, "Efficient and accurate conversion of spiking neural network with burst spikes", IJCAI
 * 2022): up to Γ spikes in a step, n = min(max(⌊V/θ⌋, 0), Γ), and V ← V − θ·n. Spikes are counts. The fire function
 * decides each of the Γ spikes, the n-th at V ≥ n·θ, so that a surrogate gradient applies to all of them.
 */
export const burst: Neuron = describedNeuron(neuronDefinitions.burst);
