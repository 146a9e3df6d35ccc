export { cocoClassNames } from './coco-class-names.js';
export { defaultDetectors } from './default-detectors.js';
export type {
  ConstructedMap,
  DetectorFamily,
  DetectorFunction,
  DetectorImageFit,
  TypedDetectorFamily,
} from './detector-family.js';
export { detectorFamily } from './detector-family.js';
export { fastestDet } from './fastestdet.js';
export { type Anchor, anchorsOf, type HeadMap, type HeadSpec, headMetadata, headSpecOf } from './head-spec.js';
export { tinyYoloV2, tinyYoloV3, yoloSmall, yoloV2ResNet34 } from './yolo.js';
