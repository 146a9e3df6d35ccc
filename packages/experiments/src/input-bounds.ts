import type { InputBound } from '@rheobase/converter';
import { type Normalization, normalizedMaximum } from '@rheobase/datasets';

/** How far inputs reach that are images: what pixels of 0…255 can be by their normalization. Nothing of them lies beyond it. */
export function boundByNormalization(normalization: Normalization): InputBound {
  return {
    maximum: normalizedMaximum(normalization),
    source: `pixels of 0…255 by the normalization '${normalization.name}'`,
    clipped: 0,
  };
}

/**
 * How far inputs of any kind reach: the greatest magnitude of some of them. Others may reach further and are clipped.
 *
 * @throws if there is no input, or one is not finite.
 */
export function boundByInputs(inputs: Float32Array): InputBound {
  if (inputs.length === 0) throw new Error('There are no inputs to compute a bound from.');
  const greatest = inputs.reduce((most, input) => Math.max(most, Math.abs(input)), 0);
  if (!Number.isFinite(greatest)) throw new Error('Some inputs are not finite.');
  // Nothing but zeros is held exactly by any bound.
  return { maximum: greatest === 0 ? 1 : greatest, source: `the greatest of ${inputs.length} inputs`, clipped: 0 };
}
