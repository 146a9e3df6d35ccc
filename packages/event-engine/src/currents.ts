import type { NeuronField } from '@rheobase/spike-kernels';
import { neuronFields } from '@rheobase/spike-kernels';
import type { Compilation } from './compilation.js';
import type { Operand, StructureAddress } from './plan-builder.js';

/** The fields of the kernels' `struct neurons` that are set; the others are zero, which means absent. */
export type GivenNeurons = Readonly<Partial<Record<NeuronField, Operand>>> &
  Readonly<Record<'channels' | 'base' | 'basePitch', Operand>>;

/** The structure from which kernels take further currents and their neurons. With differential coding the base is the first step's alone. */
export function structureOfCurrents(compilation: Compilation, given: GivenNeurons): StructureAddress {
  const { builder, growth } = compilation;
  const all = {
    later: growth === undefined ? given.base : zerosFor(compilation, given.channels),
    laterPitch: growth === undefined ? given.basePitch : 0,
    ...given,
  };
  return builder.structure(neuronFields.map((field) => all[field] ?? 0));
}

/** A constant of zeros, one for each channel of a pixel. */
export function zerosFor({ builder }: Compilation, channels: Operand): number {
  const pitch = typeof channels === 'number' ? channels : 0;
  return builder.memory.constant(['zeros', pitch], () => new Int32Array(pitch));
}
