export { type Agreement, agreement } from './agreement.js';
export { type AnchorClusters, bestAnchor, clusterAnchors, shapeIou } from './anchors.js';
export { coco } from './average-precision/coco.js';
export { defaultApProtocols } from './average-precision/default-protocols.js';
export {
  areaUnderPrecision,
  type PrecisionRecall,
  precisionRecall,
  sampledPrecision,
  type Verdict,
} from './average-precision/precision-recall.js';
export { type ApProtocol, type ApReport, checkJudged, meanOfNumbers } from './average-precision/protocol.js';
export { voc2007, voc2010 } from './average-precision/voc.js';
export { byScore, type Detection, type JudgedImage } from './detection.js';
export {
  type Detector,
  detections,
  detectorOf,
  mapsOf,
  mapValues,
  type PlacedImage,
  type Reading,
  splitMaps,
} from './detector.js';
export { type Assignment, assignAnchors } from './heads/anchor-assignment.js';
export { type CentredBox, type CompleteIou, centred, completeIou, edgesOf } from './heads/complete-iou.js';
export { defaultHeads, importedHeads, knownHeads } from './heads/default-heads.js';
export {
  checkMaps,
  type DetectionHead,
  type HeadLoss,
  isTrainable,
  type LossWeights,
  type TrainableHead,
} from './heads/detection-head.js';
export { fastestDetHead } from './heads/fastestdet-head.js';
export { emptyMap, type FeatureMap, type MapShape } from './heads/feature-map.js';
export type { ImportedHead, OutputShapes } from './heads/imported-head.js';
export { withImportedHead } from './heads/with-imported-head.js';
export { yoloV2Head, yoloV3Head } from './heads/yolo-head.js';
export { joinOutputs, withParametersOf } from './join-outputs.js';
export { coveredShare, iou } from './overlap.js';
export {
  classWise,
  hardSuppression,
  type SoftSuppressionOptions,
  softSuppression,
  type Suppression,
} from './suppression.js';
