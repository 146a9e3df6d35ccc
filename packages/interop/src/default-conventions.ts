import { type Registry, registry } from '@rheobase/network';
import { kerasConvention } from './keras.js';
import { pytorchConvention } from './pytorch.js';
import { rheobaseConvention } from './rheobase.js';
import type { WeightConvention } from './weight-convention.js';

/** The conventions of this package by name. */
export const defaultConventions: Registry<WeightConvention> = registry(
  'weight convention',
  [pytorchConvention, kerasConvention, rheobaseConvention].map((convention) => [convention.name, convention] as const),
);
