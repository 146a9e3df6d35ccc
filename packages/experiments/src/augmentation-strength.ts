import {
  type Augmentation,
  alternatingFlip,
  autoAugment,
  cutout,
  horizontalFlip,
  meanPixel,
  type Normalization,
  padCrop,
  type Surround,
} from '@rheobase/datasets';

/** How much training images are changed: not at all; padded, cropped and flipped; or also AutoAugment and Cutout (METHOD §1). */
export const augmentationStrengths = ['none', 'standard', 'strong'] as const;

export type AugmentationStrength = (typeof augmentationStrengths)[number];

/** When an image is flipped: at random, or every other epoch. */
export const flips = ['random', 'alternating'] as const;

/** How the images are cropped, flipped and hidden by a strength other than none. */
export interface AugmentationDetails {
  /** Default: `random`. */
  readonly flip?: (typeof flips)[number] | undefined;
  /** What surrounds an image before it is cropped; default: `black`. */
  readonly surround?: Surround | undefined;
  /** Side of the square that hides a part of each image, in pixels, 2 or more; default: 16 for `strong`, none for `standard`. */
  readonly cutout?: number | undefined;
}

/**
 * Refuses details of an augmentation that changes nothing.
 *
 * @throws naming them.
 */
export function assertAugments(
  strength: AugmentationStrength,
  { flip, surround, cutout: hidden }: AugmentationDetails,
): void {
  const given = Object.entries({ flip, surround, cutout: hidden }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (strength !== 'none' || given.length === 0) return;
  throw new Error(
    `The augmentation 'none' leaves images as they are, but ${given.map((name) => `'${name}'`).join(' and ')} ${given.length === 1 ? 'is' : 'are'} ` +
      "given: take 'standard' or 'strong', or leave out what is given.",
  );
}

/**
 * The augmentations of a strength, for inputs of some normalization: its mean pixel fills what has no image.
 *
 * @throws if details are given that the strength `none` has no use for.
 */
export function augmentationsOf(
  strength: AugmentationStrength,
  normalization: Normalization,
  details: AugmentationDetails = {},
): readonly Augmentation[] {
  assertAugments(strength, details);
  if (strength === 'none') return [];
  const fill = meanPixel(normalization);
  const { flip = 'random', surround = 'black', cutout: size = strength === 'strong' ? 16 : undefined } = details;
  return [
    padCrop({ surround }),
    flip === 'random' ? horizontalFlip() : alternatingFlip(),
    ...(strength === 'strong' ? [autoAugment({ fill })] : []),
    ...(size === undefined ? [] : [cutout({ fill, size })]),
  ];
}
