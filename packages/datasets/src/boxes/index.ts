export { cropBoxes, type CropBoxesOptions } from './augment/crop-boxes.js';
export { flipBoxes } from './augment/flip-boxes.js';
export {
  type Box,
  boxArea,
  clipToImage,
  type ImageSize,
  intersection,
  type LabelledBox,
  mapBox,
} from './box.js';
export { type BoxAugmentation, type BoxExample, pixelsOnly } from './box-augmentation.js';
export { type BoxBatch, type BoxBatchOptions, boxBatches } from './box-batches.js';
export { annotatedSource, type BoxAnnotation, type BoxedImage, type BoxSource, boxSubset } from './box-source.js';
export { type BoxReport, examineBoxes } from './examine.js';
export { type Finding, mendBoxes } from './finding.js';
export { fitImage, type ImageFit, type Placement, placementOf, unplace } from './fit-image.js';
export {
  checkRunLengths,
  readCompressedCounts,
  regionArea,
  regionBox,
  regionMask,
  type RunLengths,
} from './rle.js';
