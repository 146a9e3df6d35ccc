import type { NodeOf } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';

/** The range that inputs are clipped to before they become integers. */
export interface InputBound {
  /** Inputs are clipped to ±`maximum`: one number, or one per channel of the input; finite and above 0. */
  readonly maximum: number | readonly number[];
  /** Its source, for the report: `pixels of 0…255 by the normalization 'imagenet'`. */
  readonly source: string;
  /** Fraction of recorded inputs that it clips, 0…1; absent if none were recorded. */
  readonly clipped?: number;
}

/**
 * The input bound passed to `toInteger`. There is no default: it would suit some normalizations and silently destroy the inputs of others.
 *
 * @throws if it is missing or unusable.
 */
export function inputBoundOf(given: number | InputBound | undefined): InputBound {
  if (given === undefined) {
    throw new Error(
      'toInteger has to know how far inputs reach: pass inputMaximum. For images, it is the greatest magnitude that pixels of 0…255 have by the ' +
        'normalization (255 for raw pixels, 1 for x/255, about 2.7 by the means and deviations of ImageNet); for other inputs, that of recorded ones.',
    );
  }
  const bound = typeof given === 'number' ? { maximum: given, source: 'given as a number' } : given;
  const maxima = typeof bound.maximum === 'number' ? [bound.maximum] : bound.maximum;
  const wrong = maxima.find((maximum) => !(Number.isFinite(maximum) && maximum > 0));
  if (wrong !== undefined || maxima.length === 0) {
    throw new Error(`inputMaximum must be a finite number above 0, or one for each channel, not ${wrong ?? 'none'}.`);
  }
  return bound;
}

/**
 * The bound of each channel of an input, `[C]`.
 *
 * @throws {NetworkError} naming the input, if the bound does not have one number per channel.
 */
export function boundsByChannel({ maximum }: InputBound, { name, shape }: NodeOf<'input'>): readonly number[] {
  const channels = shape.at(-1) ?? 1;
  if (typeof maximum === 'number') return Array.from({ length: channels }, () => maximum);
  if (maximum.length === channels) return maximum;
  throw new NetworkError([
    { subject: name, message: `it has ${channels} channels, but inputMaximum has ${maximum.length} figures` },
  ]);
}
