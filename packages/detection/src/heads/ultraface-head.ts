import type { ImageSize } from '@rheobase/datasets';
import type { CentredBox } from './complete-iou.js';
import { edgesOf } from './complete-iou.js';
import { checkMaps } from './detection-head.js';
import { type ImportedHead, rowsOf } from './imported-head.js';
import { scoredBoxes, scoredBoxesChannels, scoredBoxesSpec } from './scored-boxes.js';

/** Sides of the square prior boxes, in pixels, by the stride of the map that they belong to. */
const priorSides: readonly (readonly [stride: number, sides: readonly number[]])[] = [
  [8, [10, 16, 24]],
  [16, [32, 48]],
  [32, [64, 96]],
  [64, [128, 192, 256]],
];

/** What offsets of the centre and logarithms of the size are multiplied by. */
const [centreVariance, sizeVariance] = [0.1, 0.2];

/** Prior boxes in the order of the outputs' rows: map by map, cell by cell, side by side. Fractions of the input. */
function priorsOf({ width, height }: ImageSize): readonly CentredBox[] {
  const fraction = (value: number): number => Math.min(Math.max(value, 0), 1);
  return priorSides.flatMap(([stride, sides]) => {
    const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
    return Array.from({ length: rows * columns }, (_, cell) => cell).flatMap((cell) =>
      sides.map((side) => ({
        x: fraction((((cell % columns) + 0.5) * stride) / width),
        y: fraction(((Math.floor(cell / columns) + 0.5) * stride) / height),
        width: fraction(side / width),
        height: fraction(side / height),
      })),
    );
  });
}

/** Ultra-Light's face detectors exported without their decoding: boxes are offsets to prior boxes. */
export const ultraFaceHead: ImportedHead = {
  kind: 'ultraface',
  summary: 'boxes as offsets to the prior boxes of the Ultra-Light face detectors',
  source: 'Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB; offsets as in SSD (Liu et al., arXiv 1512.02325)',
  classNames: ['face'],
  outputs: 'scores [boxes, 2] and boxes [boxes, 4], with as many rows as the input has prior boxes',
  specOf: (outputs, [height = 0, width = 0]) => {
    const spec = scoredBoxesSpec('ultraface', outputs);
    const [rows] = rowsOf(outputs.get(spec?.maps[0]?.output ?? '')) ?? [];
    return rows === priorsOf({ width, height }).length ? spec : undefined;
  },
  channels: scoredBoxesChannels,
  decode: (maps, spec, leastScore, input) => {
    checkMaps(ultraFaceHead, spec, maps);
    const priors = priorsOf(input);
    return scoredBoxes(maps, spec, leastScore, ([x = 0, y = 0, w = 0, h = 0], row) => {
      const prior = priors[row] ?? { x: 0, y: 0, width: 0, height: 0 };
      return edgesOf({
        x: (x * centreVariance * prior.width + prior.x) * input.width,
        y: (y * centreVariance * prior.height + prior.y) * input.height,
        width: Math.exp(w * sizeVariance) * prior.width * input.width,
        height: Math.exp(h * sizeVariance) * prior.height * input.height,
      });
    });
  },
};
