import { type ImageSource, type Normalization, split } from '@rheobase/datasets';
import { type Images, images } from './image-batches.js';

/** What a network learns from, and what it is selected on. */
export interface TrainingImages {
  readonly training: ImageSource;
  /** Images that training never sees. */
  readonly heldOut: Images;
  readonly normalization: Normalization;
}

/** How training images are parted. */
export interface TrainingParts {
  /** Images to select on, taken out of the training images. */
  readonly heldOut: number;
  /** Uses only so many of the others; all unless given. */
  readonly trainImages?: number | undefined;
  /** Settles which. */
  readonly seed: number;
}

/**
 * Parts training images into those to train on and those to select on. Both borrow the source.
 *
 * @throws if there are not more images than are to be held out.
 */
export async function partTraining(
  source: ImageSource,
  normalization: Normalization,
  { heldOut, trainImages, seed }: TrainingParts,
): Promise<TrainingImages> {
  const parts = await split(source, { heldOut, seed });
  const { training } = parts;
  const used =
    trainImages === undefined || trainImages >= training.length
      ? training
      : (await split(training, { heldOut: trainImages, seed })).heldOut;
  return { training: used, heldOut: images(parts.heldOut, normalization, { mostAtOnce: 100 }), normalization };
}
