import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Augmentation, Visit } from './augmentation.js';
import type { PixelBatch } from './image-source.js';
import { checkRasterImage, type RasterImage } from './raster-image.js';

/**
 * A batch whose images went through `augmentations`, each with the generator of its own visit. The images may change their size, all
 * to the same.
 *
 * @throws naming the augmentation if one returns an ill-shaped image, and if the images end up differing in size.
 */
export function augment(
  batch: PixelBatch,
  augmentations: readonly Augmentation[],
  { seed, epoch }: Omit<Visit, 'index'>,
  randomOf: (visit: Visit) => RandomGenerator,
): Pick<PixelBatch, 'images' | 'shape'> {
  const [count, height, width, channels] = batch.shape;
  const size = height * width * channels;
  const changed = Array.from(batch.indices, (index, position) => {
    const visit = { seed, epoch, index };
    const random = randomOf(visit);
    const data = batch.images.subarray(position * size, (position + 1) * size);
    return augmentations.reduce<RasterImage>(
      (image, augmentation) => {
        const next = augmentation.apply(image, random, visit);
        try {
          checkRasterImage(next);
        } catch (cause) {
          throw new Error(`augmentation ${augmentation.name} returned an ill-shaped image`, { cause });
        }
        return next;
      },
      { data, height, width, channels },
    );
  });
  const [first] = changed;
  if (!first) return batch;
  const images = new Uint8Array(count * first.data.length);
  changed.forEach((image, position) => {
    if (image.height !== first.height || image.width !== first.width || image.channels !== first.channels) {
      throw new Error(
        `augmentations ${augmentations.map(({ name }) => name).join(', ')}: image ${batch.indices[position]} became ` +
          `${image.height}×${image.width}×${image.channels}, image ${batch.indices[0]} ` +
          `${first.height}×${first.width}×${first.channels}; a batch needs one size, so crop or resize last`,
      );
    }
    images.set(image.data, position * first.data.length);
  });
  return { images, shape: [count, first.height, first.width, first.channels] };
}
