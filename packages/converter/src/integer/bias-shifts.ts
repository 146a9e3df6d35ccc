import type { NetworkNode } from '@rheobase/network';
import { isWeighted } from '@rheobase/network';
import type { Sums } from './integer-sums.js';

/**
 * Corrections of currents, by the layer whose bias they are added to.
 *
 * @throws naming the neuron or output without a preceding layer that has a bias.
 */
export function biasShifts(
  source: ReadonlyMap<string, NetworkNode>,
  sums: Sums,
  correction: ReadonlyMap<string, Float64Array>,
): ReadonlyMap<string, Float64Array> {
  const shifts = new Map<string, Float64Array>();
  for (const [target, values] of correction) {
    const [input] = source.get(target)?.inputs ?? [];
    const behind = input === undefined ? undefined : source.get(input);
    const layer = isWeighted(behind) || behind?.op === 'add' ? sums.of(behind).layers[0] : undefined;
    if (layer === undefined) {
      throw new Error(`The correction of '${target}' cannot be applied: its current comes from no layer with a bias.`);
    }
    shifts.set(layer.name, values);
  }
  return shifts;
}
