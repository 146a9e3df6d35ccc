import { byScore, type Detection } from './detection.js';
import { iou } from './overlap.js';

/** Thins out detections that mean one object. */
export type Suppression = (detections: readonly Detection[]) => readonly Detection[];

/**
 * Non-maximum suppression: by falling score, each detection takes out those that overlap it by more than a threshold.
 *
 * @param threshold of the intersection over union, 0…1
 * @throws if it is out of range.
 */
export function hardSuppression(threshold: number): Suppression {
  if (!(threshold >= 0 && threshold <= 1)) throw new RangeError(`An overlap is a number 0…1, not ${threshold}.`);
  return (detections) => {
    const kept: Detection[] = [];
    for (const detection of byScore(detections)) {
      if (kept.every(({ box }) => iou(box, detection.box) <= threshold)) kept.push(detection);
    }
    return kept;
  };
}

export interface SoftSuppressionOptions {
  /** σ of the Gaussian; default: 0.5. */
  readonly sigma?: number;
  /** Detections of a lower score are dropped; default: 0.001. */
  readonly leastScore?: number;
}

/**
 * Soft suppression (Bodla et al., arXiv 1704.04503): by falling score, each detection lowers the score of those that overlap it, by
 * `exp(−IoU²/σ)`.
 *
 * @throws if an option is out of range.
 */
export function softSuppression({ sigma = 0.5, leastScore = 0.001 }: SoftSuppressionOptions = {}): Suppression {
  if (!(sigma > 0)) throw new RangeError(`The σ of soft suppression is a number above 0, not ${sigma}.`);
  return (detections) => {
    const kept: Detection[] = [];
    let left = detections.filter(({ score }) => score >= leastScore);
    while (left.length > 0) {
      const [best, ...others] = byScore(left);
      if (best === undefined) break;
      kept.push(best);
      left = others
        .map((other) => ({ ...other, score: other.score * Math.exp(-(iou(best.box, other.box) ** 2) / sigma) }))
        .filter(({ score }) => score >= leastScore);
    }
    return kept;
  };
}

/** The same suppression among the detections of each class alone; by falling score. */
export function classWise(suppression: Suppression): Suppression {
  return (detections) => {
    const byLabel = new Map<number, Detection[]>();
    for (const detection of detections) {
      const own = byLabel.get(detection.label);
      if (own === undefined) byLabel.set(detection.label, [detection]);
      else own.push(detection);
    }
    return byScore([...byLabel.values()].flatMap(suppression));
  };
}
