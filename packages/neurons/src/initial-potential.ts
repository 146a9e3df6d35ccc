import type { ParameterDefinition } from '@rheobase/network';

/** V(0) of every neuron here that has one; conversion sets it to θ/2. */
export const initialPotential = {
  role: 'initialPotential',
  initial: 0,
  summary: 'V(0), the membrane potential before the first step',
} as const satisfies ParameterDefinition;
