import { type Registry, registry } from '@rheobase/network';
import { decodedBoxesHead } from './decoded-boxes-head.js';
import type { DetectionHead, TrainableHead } from './detection-head.js';
import { activatedFastestDetHead } from './fastestdet-activated-head.js';
import { fastestDetHead } from './fastestdet-head.js';
import type { ImportedHead } from './imported-head.js';
import { ultraFaceHead } from './ultraface-head.js';
import { yoloV2Head, yoloV3Head } from './yolo-head.js';
import { yuNetHead } from './yunet-head.js';

/** The heads of this package that detectors are trained with, by kind; `defaultHeads.with([mine.kind, mine])` has one more. */
export const defaultHeads: Registry<TrainableHead> = registry(
  'detection head',
  [yoloV2Head, yoloV3Head, fastestDetHead].map((head) => [head.kind, head] as const),
);

/** The heads of detectors that others trained and exported, by kind. They are read, not trained. */
export const importedHeads: Registry<ImportedHead> = registry(
  'detection head',
  [decodedBoxesHead, ultraFaceHead, yuNetHead, activatedFastestDetHead].map((head) => [head.kind, head] as const),
);

/** All heads of this package by kind. */
export const knownHeads: Registry<DetectionHead> = registry(
  'detection head',
  [defaultHeads, importedHeads].flatMap((heads) => heads.names.map((kind) => [kind, heads.get(kind)] as const)),
);
