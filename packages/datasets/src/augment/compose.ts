import type { Augmentation } from '../augmentation.js';

/**
 * Several augmentations as one: each receives the result of the previous one, and all draw from the same generator in turn.
 *
 * @param name by which errors speak of the whole; the parts' names joined by `+` if left out.
 */
export function compose(
  augmentations: readonly Augmentation[],
  name: string = augmentations.map((augmentation) => augmentation.name).join('+'),
): Augmentation {
  return {
    name,
    apply: (image, random, visit) =>
      augmentations.reduce((changed, augmentation) => augmentation.apply(changed, random, visit), image),
  };
}
