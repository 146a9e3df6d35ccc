import { neuronDefinitions } from '@rheobase/network';
import { describedNeuron } from './described-neuron.js';
import type { Neuron } from './neuron.js';

/**
 * The asymmetric signed neuron of leaky-ReLU networks (METHOD.md §4): s⁺ = 1 if V ≥ θ, and V −= θ; s⁻ = 1 if −V ≥ θ/α,
 * and V += θ/α; the spikes are s⁺ − s⁻. A negative spike says −θ and takes away θ/α, so
 * θ·mean s⁺ − (θ/α)·mean s⁻ = mean I + (V(0) − V(T))/T.
 */
export const signedIntegrateAndFire: Neuron = describedNeuron(neuronDefinitions['signed-if']);
