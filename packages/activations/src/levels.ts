import type { AttributeDefinition } from '@rheobase/network';

/** L of the quantizing activations; the method sets it to T, the number of time steps. */
export const levels = {
  minimum: 1,
  maximum: 65536,
  integer: true,
  summary: 'L, the number of quantization levels above zero',
} as const satisfies AttributeDefinition;
