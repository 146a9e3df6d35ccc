export { alternatingFlip } from './alternating-flip.js';
export {
  applyAutoAugmentOperation,
  autoAugment,
  autoAugmentCifar10Policy,
  type AutoAugmentOperation,
  type AutoAugmentOptions,
  type AutoAugmentStep,
  type AutoAugmentSubPolicy,
} from './auto-augment.js';
export { colorJitter, type ColorJitterOptions } from './color-jitter.js';
export { compose } from './compose.js';
export { cutout, type CutoutOptions } from './cutout.js';
export { cifar10Fill, type Fill, meanPixel } from './fill.js';
export { horizontalFlip, type HorizontalFlipOptions } from './horizontal-flip.js';
export { padCrop, type PadCropOptions, type Surround, surrounds } from './pad-crop.js';
