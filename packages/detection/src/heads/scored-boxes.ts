import type { Box } from '@rheobase/datasets';
import type { HeadSpec } from '@rheobase/models';
import type { Detection } from '../detection.js';
import type { FeatureMap } from './feature-map.js';
import { type OutputShapes, rowsOf } from './imported-head.js';

/**
 * The spec of a head of two outputs in SSD's convention: probabilities `[boxes, 1 + classes]`, the background's first, and boxes
 * `[boxes, 4]`. Nothing if the outputs are others. If both have four columns, the boxes are those whose name says so.
 */
export function scoredBoxesSpec(kind: string, outputs: OutputShapes): HeadSpec | undefined {
  const pairs = [...outputs].map(([name, shape]) => ({ name, size: rowsOf(shape) }));
  const ofFour = pairs.filter(({ size }) => size?.[1] === 4);
  const boxes = ofFour.length === 1 ? ofFour[0] : ofFour.find(({ name }) => /box|loc/i.test(name));
  const scores = pairs.find((pair) => pair !== boxes);
  if (pairs.length !== 2 || boxes === undefined || scores === undefined) return undefined;
  const [rows, columns = 0] = scores.size ?? [];
  if (rows !== boxes.size?.[0] || columns < 2) return undefined;
  return {
    kind,
    classes: columns - 1,
    maps: [scores, boxes].map(({ name }) => ({ output: name, stride: 1, anchors: [] })),
  };
}

/** Channels of the two maps of a {@link scoredBoxesSpec}. */
export const scoredBoxesChannels = (spec: HeadSpec, { output }: { readonly output: string }): number =>
  output === spec.maps[0]?.output ? spec.classes + 1 : 4;

/**
 * Detections of scored boxes: every class of every box whose probability is at least `leastScore`.
 *
 * @param boxOf the box of four values in the maps' data, in pixels of the input
 */
export function scoredBoxes(
  [scores, boxes]: readonly FeatureMap[],
  { classes }: HeadSpec,
  leastScore: number,
  boxOf: (values: Float32Array, row: number) => Box,
): readonly Detection[] {
  const found: Detection[] = [];
  if (scores === undefined || boxes === undefined) return found;
  for (let row = 0; row < boxes.height * boxes.width; row += 1) {
    const at = row * boxes.channels;
    for (let label = 0; label < classes; label += 1) {
      const score = scores.data[row * scores.channels + 1 + label] ?? 0;
      if (score >= leastScore) found.push({ box: boxOf(boxes.data.subarray(at, at + 4), row), label, score });
    }
  }
  return found;
}
