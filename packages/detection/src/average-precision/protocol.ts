import type { JudgedImage } from '../detection.js';

/** A way to reckon average precision, as a challenge defines it. */
export interface ApProtocol {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** The program or paper that defines it. */
  readonly source: string;
  /**
   * Judges the detections of a set.
   *
   * @param classes how many classes there are
   * @throws if a label is out of range or a score is not a number, naming the image's position.
   */
  evaluate(images: readonly JudgedImage[], classes: number): ApReport;
}

/** What a protocol says. */
export interface ApReport {
  readonly protocol: string;
  /** The protocol's headline, 0…1: over the classes of which there are objects; NaN where there is none. */
  readonly meanAp: number;
  /** Mean over classes at an overlap of 0.5, 0…1, reckoned as the protocol does. */
  readonly meanApAtHalf: number;
  /** By class, the protocol's AP; NaN for a class without objects. */
  readonly apByClass: readonly number[];
  /** Objects that count, by class. */
  readonly objectsByClass: readonly number[];
  /** Figures of the protocol's own, such as COCO's AP of small objects. */
  readonly further: Readonly<Record<string, number>>;
}

/** The mean of those that are numbers; NaN where none is. */
export function meanOfNumbers(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? Number.NaN : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

/** @throws naming the image whose label or score cannot be judged. */
export function checkJudged(images: readonly JudgedImage[], classes: number): void {
  images.forEach(({ objects, detections }, position) => {
    for (const { label } of [...objects, ...detections]) {
      if (!Number.isInteger(label) || label < 0 || label >= classes) {
        throw new RangeError(`image ${position}: there is no class ${label}; they are numbered 0…${classes - 1}`);
      }
    }
    for (const { score } of detections) {
      if (!Number.isFinite(score)) throw new RangeError(`image ${position}: a detection has the score ${score}`);
    }
  });
}
