import { batches, type ImageSource, type Normalization, split } from '@rheobase/datasets';
import type { ImageBatch } from '@rheobase/network';
import type { ReadImages } from '../folder/image-hashes.js';
import { type Images, images } from '../../image-batches.js';
import { splitTraining, type TrainingImages, type TrainingSplit } from '../../training-images.js';

/** Every image that a run looks at before its end: none of the test set. */
export interface RunImages extends TrainingImages {
  /** Calibration goes by these… */
  readonly calibration: ImageBatch;
  /** …and stops by these. Both are training images of stage I, none of them held out. */
  readonly earlyStopping: ImageBatch;
  /** The same two, as images of a set. */
  readonly calibrating: { readonly calibration: Images; readonly earlyStopping: Images };
}

/** How the training images of a run are split. */
export interface RunSplit extends TrainingSplit {
  /** Images to calibrate on, and further ones to stop by. */
  readonly calibration: number;
  readonly earlyStopping: number;
}

/**
 * Splits the training images of a run, by its seed.
 *
 * @throws if there are not enough of them.
 */
export async function splitRunImages(
  source: ImageSource,
  normalization: Normalization,
  wanted: RunSplit,
): Promise<RunImages> {
  const parts = await splitTraining(source, normalization, wanted);
  const { calibration, earlyStopping, seed } = wanted;
  if (calibration + earlyStopping >= parts.training.length) {
    throw new Error(
      `${source.name}: ${calibration} images for calibration and ${earlyStopping} for early stopping are to come from ` +
        `${parts.training.length} training images. Take fewer.`,
    );
  }
  const { heldOut: taken } = await split(parts.training, { heldOut: calibration + earlyStopping, seed });
  const { training: calibrating, heldOut: stopping } = await split(taken, { heldOut: earlyStopping, seed });
  return {
    ...parts,
    calibration: await inMemory(calibrating, normalization),
    earlyStopping: await inMemory(stopping, normalization),
    calibrating: {
      calibration: images(calibrating, normalization, { mostAtOnce: 100 }),
      earlyStopping: images(stopping, normalization, { mostAtOnce: 100 }),
    },
  };
}

/** All images that a run reads before its end, by purpose; its identity hashes them. */
export function hashedImages({ training, heldOut, calibrating }: RunImages): Readonly<Record<string, ReadImages>> {
  return { training: { source: training, count: training.length }, heldOut, ...calibrating };
}

async function inMemory(source: ImageSource, normalization: Normalization): Promise<ImageBatch> {
  const shape = [source.length, ...source.imageShape];
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  let at = 0;
  for await (const batch of batches(source, { batchSize: 100, normalization })) {
    data.set(batch.images, at);
    at += batch.images.length;
  }
  return { shape, images: data };
}
