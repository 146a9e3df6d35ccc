import type { Network, NodeOf } from '@rheobase/network';

/** What neuron `index` of a population is given in step t, from 0, in addition to its current: nothing after the last row of a step bias `[T, C]`. */
export function stepBiasAt(
  { name, stepBias }: NodeOf<'neuron'>,
  { parameters }: Network,
  t: number,
  index: number,
): number {
  if (stepBias === undefined) return 0;
  const parameter = parameters.get(stepBias);
  const [rows, channels] = parameter?.shape ?? [];
  if (parameter === undefined || rows === undefined || channels === undefined) {
    throw new Error(`'${name}' has no step bias '${stepBias}' of shape [T, C].`);
  }
  return t < rows ? (parameter.data[t * channels + (index % channels)] ?? Number.NaN) : 0;
}
