import { type ImageBatch, randomStream, sizeOf } from '@rheobase/network';

/** Noise from −1 to 1, the same whenever it is made: for networks without training, which tell no image from another. */
export function madeUpImages(count: number, shape: readonly number[]): ImageBatch {
  const random = randomStream(0);
  const size = count * sizeOf(shape);
  return { shape: [count, ...shape], images: Float32Array.from({ length: size }, () => random.next() / 2 ** 31) };
}
