import { type ImageSource, type Normalization, split } from '@rheobase/datasets';
import { type Images, images } from './image-batches.js';

/** The images that a network is trained on, and those that it is selected by. */
export interface TrainingImages {
  readonly training: ImageSource;
  /** Images that training never sees. */
  readonly heldOut: Images;
  readonly normalization: Normalization;
}

/** How training images are split. */
export interface TrainingSplit {
  /** How many training images are held out for selection. */
  readonly heldOut: number;
  /** How many of the others to train on; default: all. */
  readonly trainImages?: number | undefined;
  /** Determines which images. */
  readonly seed: number;
}

/**
 * Splits training images into those to train on and those to select by. Both borrow the source.
 *
 * @throws if there are no more images than are to be held out.
 */
export async function splitTraining(
  source: ImageSource,
  normalization: Normalization,
  { heldOut, trainImages, seed }: TrainingSplit,
): Promise<TrainingImages> {
  const parts = await split(source, { heldOut, seed });
  const { training } = parts;
  const used =
    trainImages === undefined || trainImages >= training.length
      ? training
      : (await split(training, { heldOut: trainImages, seed })).heldOut;
  return { training: used, heldOut: images(parts.heldOut, normalization, { mostAtOnce: 100 }), normalization };
}
