export { checkIndices, type ImageBatch, type ImageSource, type SplitName } from './image-source.js';
export type { AugmentedImage, Augmentation } from './augmentation.js';
