import type { NeuronField } from '@rheobase/spike-kernels';
import { neuronFields } from '@rheobase/spike-kernels';
import type { Compilation } from './compilation.js';
import type { Operand, StructureAddress } from './plan-builder.js';

/** The fields of the kernels' `struct neurons` that are set; the others are zero, which means absent. */
export type GivenNeurons = Readonly<Partial<Record<NeuronField, Operand>>> &
  Readonly<Record<'channels' | 'base' | 'basePitch', Operand>>;

/** The structure from which kernels take further currents and their neurons. */
export function structureOfCurrents({ builder }: Compilation, given: GivenNeurons): StructureAddress {
  return builder.structure(neuronFields.map((field) => given[field] ?? 0));
}
