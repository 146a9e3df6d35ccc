import type { ParameterDefinition } from '@rheobase/network';

/** θ as training sees it: a free number whose absolute value counts, so that no step of an optimizer can break it. */
export const signedThreshold = {
  role: 'threshold',
  initial: 5,
  nonzero: true,
  summary: 'θ, the value the activation saturates at; its absolute value counts',
} as const satisfies ParameterDefinition;
