import { defaultNormalizations, type Normalization } from '../normalization.js';

/** What an augmentation puts where it has no pixel to show: one level 0…255 for each channel, or a single one that holds for all. */
export type Fill = readonly number[];

/**
 * The fill that a normalization brings to 0, or as near as whole levels come: its mean, in levels. CIFAR-10's is 125, 123, 114.
 */
export function meanPixel({ scale, mean }: Pick<Normalization, 'scale' | 'mean'>): Fill {
  return mean.map((figure) => Math.floor(figure * scale + 0.5));
}

/** The mean of CIFAR-10. */
export const cifar10Fill: Fill = meanPixel(defaultNormalizations.get('cifar10'));

/** Refuses levels that are not bytes. */
export function checkFill(name: string, fill: Fill): void {
  if (fill.length === 0)
    throw new RangeError(`${name}: fill is empty; give a level 0…255 for each channel, or a single one`);
  for (const level of fill) {
    if (!Number.isInteger(level) || level < 0 || level > 255) {
      throw new RangeError(`${name}: fill has the level ${level}; levels are integers 0…255`);
    }
  }
}

/**
 * The fill of every channel, a single level standing for all.
 *
 * @throws if the image has another number of channels than the fill.
 */
export function fillOfChannels(name: string, fill: Fill, channels: number): Fill {
  const [only] = fill;
  if (fill.length === 1 && only !== undefined) return Array.from({ length: channels }, () => only);
  if (fill.length !== channels) {
    throw new RangeError(
      `${name}: fill has ${fill.length} levels but the image has ${channels} channels; give one for each, or a single one`,
    );
  }
  return fill;
}
