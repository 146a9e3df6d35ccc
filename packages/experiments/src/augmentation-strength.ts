import {
  type Augmentation,
  autoAugment,
  cutout,
  horizontalFlip,
  meanPixel,
  type Normalization,
  padCrop,
} from '@rheobase/datasets';

/** How much training images are changed: not at all; padded, cropped and flipped; or also AutoAugment and Cutout (METHOD §1). */
export const augmentationStrengths = ['none', 'standard', 'strong'] as const;

export type AugmentationStrength = (typeof augmentationStrengths)[number];

/** The augmentations of a strength, for inputs of some normalization: its mean pixel fills what has no image. */
export function augmentationsOf(strength: AugmentationStrength, normalization: Normalization): readonly Augmentation[] {
  if (strength === 'none') return [];
  const fill = meanPixel(normalization);
  const standard = [padCrop(), horizontalFlip()];
  return strength === 'standard' ? standard : [...standard, autoAugment({ fill }), cutout({ fill })];
}
