import {
  describeSkipped,
  fitImage,
  type ImageFit,
  type ImageSize,
  type Normalization,
  normalizer,
  shuffledOrder,
} from '@rheobase/datasets';
import { decodeImage, imageFiles } from '@rheobase/datasets/node';
import type { ImageBatch } from '@rheobase/network';
import type { ConversionImages } from '../../detection/detector-conversion.js';

/** How files become inputs of a detector. */
export interface InputPreparation {
  readonly size: ImageSize;
  readonly fit: ImageFit;
  readonly normalization: Normalization;
}

/** Image files as inputs, without labels: `[N, H, W, 3]`. */
export async function inputsOfFiles(
  files: readonly string[],
  { size, fit, normalization }: InputPreparation,
): Promise<ImageBatch> {
  const normalize = normalizer(normalization, 3);
  const each = size.height * size.width * 3;
  const data = new Float32Array(files.length * each);
  for (const [k, file] of files.entries()) {
    data.set(normalize(fitImage(await decodeImage(file), size, fit).image.data), k * each);
  }
  return { shape: [files.length, size.height, size.width, 3], images: data };
}

/**
 * Images of a folder to convert a detector by: some to calibrate on, others to choose and to stop by, drawn by the seed.
 *
 * @param onNotice called with a notice about skipped files of the folder
 * @throws naming the folder if it holds too few.
 */
export async function conversionImages(
  folder: string,
  { calibration, heldOut, seed }: { readonly calibration: number; readonly heldOut: number; readonly seed: number },
  preparation: InputPreparation,
  onNotice?: (notice: string) => void,
): Promise<ConversionImages> {
  const { files, skipped } = await imageFiles(folder);
  const leftOut = describeSkipped(skipped);
  if (leftOut !== undefined) onNotice?.(`${folder}: ${leftOut}.`);
  if (files.length < calibration + heldOut) {
    throw new Error(
      `${folder}: holds ${files.length} images, but ${calibration} are needed for conversion${heldOut > 0 ? ` and ${heldOut} more for selection` : ''}; use fewer.`,
    );
  }
  const drawn = Array.from(shuffledOrder(files.length, seed, 0), (index) => files[index] ?? '');
  return {
    calibration: await inputsOfFiles(drawn.slice(0, calibration), preparation),
    heldOut: await inputsOfFiles(drawn.slice(calibration, calibration + heldOut), preparation),
  };
}
