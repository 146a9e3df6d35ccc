import type { Box, LabelledBox } from '@rheobase/datasets';

/** A box that a detector gives. */
export interface Detection {
  readonly box: Box;
  /** Index into the class names. */
  readonly label: number;
  /** How sure the detector is, 0…1. */
  readonly score: number;
}

/** What is in an image and what a detector found, both in pixels of the image. */
export interface JudgedImage {
  readonly objects: readonly LabelledBox[];
  readonly detections: readonly Detection[];
}

/** Detections by falling score; those of one score stay in their order. */
export function byScore(detections: readonly Detection[]): readonly Detection[] {
  return detections.toSorted((a, b) => b.score - a.score);
}
