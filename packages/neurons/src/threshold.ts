import type { ParameterDefinition } from '@rheobase/network';

/** θ of every neuron here. */
export const threshold = {
  role: 'threshold',
  initial: 1,
  minimum: 0,
  nonzero: true,
  summary: 'θ, the potential at which a neuron fires and the value a spike carries',
} as const satisfies ParameterDefinition;
