import type { NodeOf } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';

/** How far inputs reach: they are held there before they become integers. */
export interface InputBound {
  /** Inputs are held between −`maximum` and `maximum`: one figure, or one for each channel of the input; finite and above 0. */
  readonly maximum: number | readonly number[];
  /** Where it comes from, for the report: `pixels of 0…255 by the normalization 'imagenet'`. */
  readonly source: string;
  /** Fraction of the inputs that it is known for that lie beyond it, 0…1; absent where none were looked at. */
  readonly clipped?: number;
}

/**
 * What `toInteger` was told of its inputs. There is no default: it would be right for some normalizations, and destroy the inputs of others without
 * a word.
 *
 * @throws if nothing usable was told.
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
 * @throws {NetworkError} naming the input, if there are not as many figures as it has channels.
 */
export function boundsByChannel({ maximum }: InputBound, { name, shape }: NodeOf<'input'>): readonly number[] {
  const channels = shape.at(-1) ?? 1;
  if (typeof maximum === 'number') return Array.from({ length: channels }, () => maximum);
  if (maximum.length === channels) return maximum;
  throw new NetworkError([
    { subject: name, message: `it has ${channels} channels, but inputMaximum has ${maximum.length} figures` },
  ]);
}
