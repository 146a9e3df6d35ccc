import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { Augmentation } from '../augmentation.js';
import type { RasterImage } from '../raster-image.js';
import { adjustBrightness, adjustColor, adjustContrast, adjustSharpness } from './enhance.js';
import { checkFill, cifar10Fill, type Fill } from './fill.js';
import { rotate, shearX, shearY, translateX, translateY } from './geometry.js';
import { autoContrast, equalize, invert, posterize, solarize } from './levels.js';

/** The operations of AutoAugment's search space that its policy for CIFAR-10 is made of, and `shearX`, which it leaves unused. */
export type AutoAugmentOperation =
  | 'shearX'
  | 'shearY'
  | 'translateX'
  | 'translateY'
  | 'rotate'
  | 'autoContrast'
  | 'invert'
  | 'equalize'
  | 'solarize'
  | 'posterize'
  | 'contrast'
  | 'color'
  | 'brightness'
  | 'sharpness';

/** One operation of a sub-policy. */
export interface AutoAugmentStep {
  readonly operation: AutoAugmentOperation;
  /** How likely it is applied, 0…1. */
  readonly probability: number;
  /** How strongly, 0…9; operations without a strength disregard it and have 0. */
  readonly magnitude: number;
}

/** Two operations, applied in order. */
export type AutoAugmentSubPolicy = readonly [AutoAugmentStep, AutoAugmentStep];

export interface AutoAugmentOptions {
  /** Fills the gaps that a shift, shear or rotation leaves; default: CIFAR-10's mean, as in the authors' code. */
  readonly fill?: Fill;
}

/** Applies one operation. `sign` is 1 or −1, and counts for operations with a direction alone. */
type ApplyOperation = (image: RasterImage, magnitude: number, sign: 1 | -1, fill: Fill) => RasterImage;

/** A magnitude as a fraction of the largest, 0…1. */
function strength(magnitude: number): number {
  return magnitude / 9;
}

/** Largest shift of the search space: 150 of the 331 pixels a side of the images it was stated for. */
const largestShift = 150 / 331;

/** An operation around 1 of the factors 0.1…1.9. */
function enhancement(adjust: (image: RasterImage, factor: number) => RasterImage): ApplyOperation {
  return (image, magnitude, sign) => adjust(image, 1 + sign * 0.9 * strength(magnitude));
}

const operations: Readonly<Record<AutoAugmentOperation, ApplyOperation>> = {
  shearX: (image, magnitude, sign, fill) => shearX(image, sign * 0.3 * strength(magnitude), fill),
  shearY: (image, magnitude, sign, fill) => shearY(image, sign * 0.3 * strength(magnitude), fill),
  translateX: (image, magnitude, sign, fill) =>
    translateX(image, sign * Math.trunc(largestShift * image.width * strength(magnitude)), fill),
  translateY: (image, magnitude, sign, fill) =>
    translateY(image, sign * Math.trunc(largestShift * image.height * strength(magnitude)), fill),
  rotate: (image, magnitude, sign, fill) => rotate(image, sign * 30 * strength(magnitude), fill),
  autoContrast,
  invert,
  equalize,
  solarize: (image, magnitude) => solarize(image, 255 - (255 * magnitude) / 9),
  posterize: (image, magnitude) => posterize(image, 8 - Math.floor(4 * strength(magnitude) + 0.5)),
  contrast: enhancement(adjustContrast),
  color: enhancement(adjustColor),
  brightness: enhancement(adjustBrightness),
  sharpness: enhancement(adjustSharpness),
};

/**
 * Applies one operation of the search space at a magnitude of 0…9, with the ranges of Cubuk et al. 2019, table 6, in the
 * units torchvision gives them: shears to 0.3, shifts to 150/331 of a side, rotations to 30°, factors 0.1…1.9, 8…4 bits,
 * thresholds 255…0. Shifts are whole pixels, towards zero. Every pixel equals Pillow's.
 *
 * @param sign direction of shears, shifts and rotations, and whether a factor is above 1 or below.
 */
export function applyAutoAugmentOperation(
  image: RasterImage,
  {
    operation,
    magnitude,
    sign,
    fill,
  }: {
    readonly operation: AutoAugmentOperation;
    readonly magnitude: number;
    readonly sign: 1 | -1;
    readonly fill: Fill;
  },
): RasterImage {
  return operations[operation](image, magnitude, sign, fill);
}

/** `[operation, probability, magnitude]`, without magnitude where the operation has no strength. */
type StepRow = readonly [operation: AutoAugmentOperation, probability: number, magnitude?: number];

function subPolicy(...rows: readonly [StepRow, StepRow]): AutoAugmentSubPolicy {
  const step = ([operation, probability, magnitude = 0]: StepRow): AutoAugmentStep => ({
    operation,
    probability,
    magnitude,
  });
  return [step(rows[0]), step(rows[1])];
}

/** The policy found for CIFAR-10 on reduced data: 25 sub-policies (Cubuk et al. 2019, table 7). */
export const autoAugmentCifar10Policy: readonly AutoAugmentSubPolicy[] = [
  subPolicy(['invert', 0.1], ['contrast', 0.2, 6]),
  subPolicy(['rotate', 0.7, 2], ['translateX', 0.3, 9]),
  subPolicy(['sharpness', 0.8, 1], ['sharpness', 0.9, 3]),
  subPolicy(['shearY', 0.5, 8], ['translateY', 0.7, 9]),
  subPolicy(['autoContrast', 0.5], ['equalize', 0.9]),
  subPolicy(['shearY', 0.2, 7], ['posterize', 0.3, 7]),
  subPolicy(['color', 0.4, 3], ['brightness', 0.6, 7]),
  subPolicy(['sharpness', 0.3, 9], ['brightness', 0.7, 9]),
  subPolicy(['equalize', 0.6], ['equalize', 0.5]),
  subPolicy(['contrast', 0.6, 7], ['sharpness', 0.6, 5]),
  subPolicy(['color', 0.7, 7], ['translateX', 0.5, 8]),
  subPolicy(['equalize', 0.3], ['autoContrast', 0.4]),
  subPolicy(['translateY', 0.4, 3], ['sharpness', 0.2, 6]),
  subPolicy(['brightness', 0.9, 6], ['color', 0.2, 8]),
  subPolicy(['solarize', 0.5, 2], ['invert', 0]),
  subPolicy(['equalize', 0.2], ['autoContrast', 0.6]),
  subPolicy(['equalize', 0.2], ['equalize', 0.6]),
  subPolicy(['color', 0.9, 9], ['equalize', 0.6]),
  subPolicy(['autoContrast', 0.8], ['solarize', 0.2, 8]),
  subPolicy(['brightness', 0.1, 3], ['color', 0.7, 0]),
  subPolicy(['solarize', 0.4, 5], ['autoContrast', 0.9]),
  subPolicy(['translateY', 0.9, 9], ['translateY', 0.7, 9]),
  subPolicy(['autoContrast', 0.9], ['solarize', 0.8, 3]),
  subPolicy(['equalize', 0.8], ['invert', 0.1]),
  subPolicy(['translateY', 0.7, 9], ['autoContrast', 0.9]),
];

/**
 * AutoAugment with the policy for CIFAR-10 (Cubuk et al. 2019, arXiv:1805.09501): one of its 25 sub-policies, each of whose two
 * operations is applied with its own probability, and in a random direction where it has one. For grey or RGB images.
 *
 * Always draws five numbers: the sub-policy, two probabilities, two directions.
 *
 * @throws if the fill holds no bytes, and on applying, if it does not match the image's channels.
 */
export function autoAugment({ fill = cifar10Fill }: AutoAugmentOptions = {}): Augmentation {
  checkFill('auto-augment', fill);
  return {
    name: 'auto-augment',
    apply(image, random) {
      const chosen = autoAugmentCifar10Policy[uniformInt(random, 0, autoAugmentCifar10Policy.length - 1)] ?? [];
      const draws = [uniformFloat64(random), uniformFloat64(random)];
      const signs = [uniformInt(random, 0, 1), uniformInt(random, 0, 1)];
      return chosen.reduce<RasterImage>((changed, { operation, probability, magnitude }, at) => {
        if ((draws[at] ?? 1) >= probability) return changed;
        return applyAutoAugmentOperation(changed, { operation, magnitude, sign: signs[at] === 0 ? -1 : 1, fill });
      }, image);
    },
  };
}
