export * from './augment/index.js';
export type { Augmentation } from './augmentation.js';
export { type Batch, type BatchOptions, batchCount, batches, shuffledOrder } from './batches.js';
export * from './boxes/index.js';
export { concatenate } from './concatenate.js';
export * from './events/index.js';
export * from './glyphs/index.js';
export { checkIndices, checkOpen, type PixelBatch, type ImageSource, type SplitName } from './image-source.js';
export { type InMemoryImages, inMemory } from './in-memory.js';
export {
  defaultNormalizations,
  figuresName,
  figuresPattern,
  type Normalization,
  type NormalizationFigures,
  normalizationIn,
  normalizationNamed,
  normalizedMaximum,
  normalizer,
  sameNormalization,
} from './normalization.js';
export { checkRasterImage, type RasterImage } from './raster-image.js';
export { centreCrop, type ResizeFilter, resize, resizeShorterSide } from './resize.js';
export { sampleBilinear } from './sample-bilinear.js';
export * from './scenes/index.js';
export { describeSkipped, type SkippedFile, type SkipReason } from './skipped-file.js';
export { type SplitOptions, split } from './split.js';
export { subset } from './subset.js';
