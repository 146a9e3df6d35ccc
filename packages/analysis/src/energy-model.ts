import type { Registry } from '@rheobase/network';
import { registry } from '@rheobase/network';

/** What operations cost, in picojoules. */
export interface EnergyModel {
  readonly name: string;
  /** Where the figures are from, and what they hold for. */
  readonly source: string;
  /** pJ of an accumulate: one synaptic operation. */
  readonly accumulate: number;
  /** pJ of a multiply-accumulate. */
  readonly multiplyAccumulate: number;
}

/** 0.9 pJ an accumulate, 4.6 pJ a multiply-accumulate: arithmetic alone, no memory. */
export const horowitz45nm: EnergyModel = {
  name: 'horowitz-45nm',
  source: 'Horowitz, ISSCC 2014: 45 nm, 32-bit floating point, arithmetic alone',
  accumulate: 0.9,
  multiplyAccumulate: 4.6,
};

/**
 * 77 fJ a synaptic operation, as reported for neuromorphic chips. Multiplications are taken to happen on ordinary hardware,
 * so the two networks run on different technology and the ratio says less.
 */
export const neuromorphic77fJ: EnergyModel = {
  name: 'neuromorphic-77fj',
  source: '77 fJ a synaptic operation on a neuromorphic chip; multiply-accumulates as in horowitz-45nm',
  accumulate: 0.077,
  multiplyAccumulate: 4.6,
};

/** The energy models that can be asked for by name. */
export const defaultEnergyModels: Registry<EnergyModel> = registry(
  'energy model',
  [horowitz45nm, neuromorphic77fJ].map((model) => [model.name, model]),
);
