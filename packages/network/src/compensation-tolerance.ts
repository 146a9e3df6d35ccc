/**
 * How far below 0 the potential of a `compensating-if` neuron must be before it takes a spike back, in units of θ, where the neuron's
 * attributes do not say: what rounding leaves is no inhibition. Here, as models and engines that know nothing of each other read it.
 */
export const compensationTolerance = 1e-3;
