import { type BoxSource, boxSubset, shuffledOrder } from '@rheobase/datasets';
import type { DetectionExperiment } from '../experiment/detection-schema.js';

/** What the training images of a detector are for. */
export interface BoxSplit {
  readonly training: BoxSource;
  readonly heldOut: BoxSource;
  /** Both are training images too. */
  readonly calibration: BoxSource;
  readonly earlyStopping: BoxSource;
}

/**
 * Splits the training images of a detector, in an order that the seed determines.
 *
 * @throws if there are not enough of them, naming the set.
 */
export function splitBoxes(
  source: BoxSource,
  { heldOut, calibration, earlyStopping, trainImages, seed }: DetectionExperiment['data'] & { readonly seed: number },
): BoxSplit {
  const order = Array.from(shuffledOrder(source.length, seed, 0));
  const training = order.slice(heldOut, trainImages === undefined ? undefined : heldOut + trainImages);
  if (training.length < calibration + earlyStopping) {
    throw new Error(
      `${source.name}: of ${source.length} images ${training.length} are left for training, but ${calibration} are needed for calibration ` +
        `and ${earlyStopping} for early stopping. Use fewer.`,
    );
  }
  return {
    training: boxSubset(source, training),
    heldOut: boxSubset(source, order.slice(0, heldOut)),
    calibration: boxSubset(source, training.slice(0, calibration)),
    earlyStopping: boxSubset(source, training.slice(calibration, calibration + earlyStopping)),
  };
}
