import type { CalibrationImages } from '@rheobase/calibrator';
import { batches, type ImageSource, type Normalization, split } from '@rheobase/datasets';
import { type Images, images } from '../image-batches.js';
import { partTraining, type TrainingImages } from '../training-images.js';
import type { RunConfiguration } from './run-configuration.js';

/** Every image that a run looks at before its end: none of the test set. */
export interface RunImages extends TrainingImages {
  /** Calibration goes by these… */
  readonly calibration: CalibrationImages;
  /** …and stops by these. Both are training images of stage I, none of them held out. */
  readonly earlyStopping: CalibrationImages;
  /** The images of both, for their hash. */
  readonly calibrating: readonly Images[];
}

/**
 * Parts the training images of a run, by its seed.
 *
 * @throws if there are not enough of them.
 */
export async function partRunImages(
  source: ImageSource,
  normalization: Normalization,
  { experiment: { data }, seed }: RunConfiguration,
): Promise<RunImages> {
  const parts = await partTraining(source, normalization, {
    heldOut: data.heldOut,
    trainImages: data.trainImages,
    seed,
  });
  const wanted = data.calibration + data.earlyStopping;
  if (wanted >= parts.training.length) {
    throw new Error(
      `${source.name}: ${data.calibration} images to calibrate on and ${data.earlyStopping} to stop by are to come from ` +
        `${parts.training.length} training images. Lower data.calibration or data.earlyStopping.`,
    );
  }
  const { heldOut: taken } = await split(parts.training, { heldOut: wanted, seed });
  const { training: calibrating, heldOut: stopping } = await split(taken, { heldOut: data.earlyStopping, seed });
  return {
    ...parts,
    calibration: await inMemory(calibrating, normalization),
    earlyStopping: await inMemory(stopping, normalization),
    calibrating: [calibrating, stopping].map((part) => images(part, normalization, { batch: 100 })),
  };
}

async function inMemory(source: ImageSource, normalization: Normalization): Promise<CalibrationImages> {
  const shape = [source.length, ...source.imageShape];
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  let at = 0;
  for await (const batch of batches(source, { batchSize: 100, normalization })) {
    data.set(batch.images, at);
    at += batch.images.length;
  }
  return { shape, data };
}
