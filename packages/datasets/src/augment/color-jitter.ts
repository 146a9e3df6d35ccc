import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { Augmentation } from '../augmentation.js';
import { adjustBrightness, adjustColor, adjustContrast } from './enhance.js';

export interface ColorJitterOptions {
  /** Greatest change of each factor from 1, 0…1; default: 0.3. */
  readonly brightness?: number;
  readonly contrast?: number;
  readonly saturation?: number;
}

/**
 * Changes brightness, contrast and saturation, in this order, each by a factor drawn from `1 ± its option`. Draws three numbers.
 *
 * @throws if an option is not in 0…1.
 */
export function colorJitter({
  brightness = 0.3,
  contrast = 0.3,
  saturation = 0.3,
}: ColorJitterOptions = {}): Augmentation {
  for (const [what, amount] of Object.entries({ brightness, contrast, saturation })) {
    if (!(amount >= 0 && amount <= 1)) throw new RangeError(`color-jitter: ${what} must be a number 0…1, is ${amount}`);
  }
  return {
    name: 'color-jitter',
    apply: (image, random) => {
      const factor = (amount: number): number => 1 + amount * (2 * uniformFloat64(random) - 1);
      const brighter = adjustBrightness(image, factor(brightness));
      return adjustColor(adjustContrast(brighter, factor(contrast)), factor(saturation));
    },
  };
}
