import type { NeuronField } from '@rheobase/spike-kernels';
import { neuronFields } from '@rheobase/spike-kernels';
import type { Compilation } from './compilation.js';
import type { Operand, StructureAddress } from './plan-builder.js';

/** Fields of the kernels' `struct neurons` that are given; the others are zero: no such thing. */
export type GivenNeurons = Readonly<Partial<Record<NeuronField, Operand>>> &
  Readonly<Record<'channels' | 'base' | 'basePitch', Operand>>;

/** The structure that kernels take their further currents and their neurons from. */
export function structureOfCurrents({ builder }: Compilation, given: GivenNeurons): StructureAddress {
  return builder.structure(neuronFields.map((field) => given[field] ?? 0));
}
