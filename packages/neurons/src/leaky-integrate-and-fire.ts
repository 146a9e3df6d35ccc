import { neuronDefinitions } from '@rheobase/network';
import { describedNeuron } from './described-neuron.js';
import type { Neuron } from './neuron.js';

/**
 * Leaky integrate-and-fire with soft reset: V ← λ·V + I; s = 1 if V ≥ θ, else 0; V ← V − θ·s. The input is not scaled.
 * With a membrane time constant τ and steps of length Δt, λ = exp(−Δt/τ).
 */
export const leakyIntegrateAndFire: Neuron = describedNeuron(neuronDefinitions.lif);
