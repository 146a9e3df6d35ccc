export { analogDetections, analogMaps, type DetectionOptions, judged } from './analog-detections.js';
export { assertDetects, assertHasObjects, type BoxImages, boxBatchesOf } from './box-images.js';
export {
  type ConversionImages,
  convertDetector,
  type ConvertedDetector,
  type DetectorConversion,
  type DetectorConversionRecipe,
} from './detector-conversion.js';
export {
  type DetectionStep,
  doublingSteps,
  type SpikingDetectionSummary,
  summarizeDetections,
} from './spiking-detection-summary.js';
export {
  mapsAfter,
  type SpikingDetectionOptions,
  type SpikingDetections,
  spikingDetections,
} from './spiking-detections.js';
