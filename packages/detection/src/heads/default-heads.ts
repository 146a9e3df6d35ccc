import { type Registry, registry } from '@rheobase/network';
import type { DetectionHead } from './detection-head.js';
import { fastestDetHead } from './fastestdet-head.js';
import { yoloV2Head, yoloV3Head } from './yolo-head.js';

/** The heads of this package by kind; `defaultHeads.with([mine.kind, mine])` has one more. */
export const defaultHeads: Registry<DetectionHead> = registry(
  'detection head',
  [yoloV2Head, yoloV3Head, fastestDetHead].map((head) => [head.kind, head] as const),
);
