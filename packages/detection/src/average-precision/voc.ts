import type { JudgedImage } from '../detection.js';
import { iou } from '../overlap.js';
import {
  areaUnderPrecision,
  type PrecisionRecall,
  precisionRecall,
  sampledPrecision,
  type Verdict,
} from './precision-recall.js';
import { type ApProtocol, type ApReport, checkJudged, meanOfNumbers } from './protocol.js';

/** How much a detection has to overlap an object. */
const leastOverlap = 0.5;

/** The recalls at which VOC read off precision until 2009. */
const elevenPoints = Array.from({ length: 11 }, (_, tenth) => tenth / 10);

/**
 * What becomes of the detections of one class, by falling score over all images: each goes to the object it overlaps most; the first to
 * come at 0.5 or more finds it, later ones are wrong, and one that matches a difficult object does not count.
 */
function verdictsOf(images: readonly JudgedImage[], label: number): readonly Verdict[] {
  const objects = images.map((image) => image.objects.filter((object) => object.label === label));
  const found = objects.map((own) => own.map(() => false));
  return images
    .flatMap(({ detections }, image) =>
      detections.filter((detection) => detection.label === label).map((detection) => ({ image, ...detection })),
    )
    .toSorted((a, b) => b.score - a.score)
    .map(({ image, box }): Verdict => {
      const own = objects[image] ?? [];
      let [best, at] = [-1, -1];
      own.forEach((object, k) => {
        const overlap = iou(box, object.box);
        if (overlap > best) [best, at] = [overlap, k];
      });
      if (best < leastOverlap) return 'wrong';
      if (own[at]?.difficult === true) return 'ignored';
      const taken = found[image] ?? [];
      if (taken[at] === true) return 'wrong';
      taken[at] = true;
      return 'found';
    });
}

function voc(
  definition: Pick<ApProtocol, 'name' | 'summary' | 'source'>,
  apOf: (curve: PrecisionRecall) => number,
): ApProtocol {
  return {
    ...definition,
    evaluate: (images, classes): ApReport => {
      checkJudged(images, classes);
      const labels = Array.from({ length: classes }, (_, label) => label);
      const objectsByClass = labels.map((label) =>
        images.reduce(
          (sum, { objects }) => sum + objects.filter((object) => object.label === label && !object.difficult).length,
          0,
        ),
      );
      const apByClass = labels.map((label) => {
        const objects = objectsByClass[label] ?? 0;
        return objects === 0 ? Number.NaN : apOf(precisionRecall(verdictsOf(images, label), objects));
      });
      const meanAp = meanOfNumbers(apByClass);
      return { protocol: definition.name, meanAp, meanApAtHalf: meanAp, apByClass, objectsByClass, further: {} };
    },
  };
}

/** PASCAL VOC until 2009: precision is read off at eleven recalls. */
export const voc2007 = voc(
  {
    name: 'voc-2007',
    summary: 'PASCAL VOC until 2009: overlap 0.5, the mean of the precision at the recalls 0, 0.1, … 1',
    source: 'Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV 88 (2010)',
  },
  (curve) => sampledPrecision(curve, elevenPoints),
);

/** PASCAL VOC from 2010 on: the area under the precision made monotone. */
export const voc2010 = voc(
  {
    name: 'voc-2010',
    summary: 'PASCAL VOC from 2010 on: overlap 0.5, the area under the monotone precision-recall curve',
    source: 'Everingham et al., The PASCAL Visual Object Classes Challenge: A Retrospective, IJCV 111 (2015)',
  },
  areaUnderPrecision,
);
