import { type Box, boxArea, intersection } from '@rheobase/datasets';

/** Intersection over union of two boxes, 0…1; 0 where both are empty. */
export function iou(a: Box, b: Box): number {
  const shared = boxArea(intersection(a, b));
  const union = boxArea(a) + boxArea(b) - shared;
  return union > 0 ? shared / union : 0;
}

/** Fraction of a box that lies in a region, 0…1: used in place of the overlap if the region is a crowd. */
export function coveredShare(box: Box, region: Box): number {
  const area = boxArea(box);
  return area > 0 ? boxArea(intersection(box, region)) / area : 0;
}
