import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';
import type { TrainingBatch } from './training-source.js';

/** A part of a batch whose gradient is computed at once. */
export interface MicroBatch extends TrainingBatch {
  /** Its fraction of the batch's images: the weight of its loss in the batch's. */
  readonly share: number;
  /** State of the generator (xoroshiro128+) that its noise comes from. */
  readonly randomState: readonly number[];
}

/**
 * Parts a batch into micro-batches of `size` images, the last one smaller where they do not come out even. Each has a stretch of
 * its own random numbers, 2⁶⁴ apart, so that no micro-batch has to wait for another.
 *
 * @param random moves on by one jump for each micro-batch
 * @throws if the images do not fill their shape, labels are missing, or targets are not the same number for every image.
 */
export function microBatchesOf(
  batch: TrainingBatch,
  size: number,
  random: JumpableRandomGenerator,
): readonly MicroBatch[] {
  const [count = 0, ...shape] = batch.shape;
  const perImage = shape.reduce((product, dimension) => product * dimension, 1);
  if (count === 0 || batch.images.length !== count * perImage || batch.labels.length !== count) {
    throw new Error(
      `A training batch of shape [${batch.shape.join(', ')}] must have ${count * perImage} numbers and ${count} labels, and one image at least; ` +
        `this one has ${batch.images.length} numbers and ${batch.labels.length} labels.`,
    );
  }
  const perTarget = (batch.targets?.length ?? 0) / count;
  if (!Number.isInteger(perTarget)) {
    throw new Error(
      `A training batch of ${count} images has ${batch.targets?.length} targets, which is not a multiple of the images.`,
    );
  }
  const parts: MicroBatch[] = [];
  for (let from = 0; from < count; from += size) {
    const to = Math.min(from + size, count);
    parts.push({
      images: batch.images.subarray(from * perImage, to * perImage),
      shape: [to - from, ...shape],
      labels: batch.labels.subarray(from, to),
      ...(batch.targets && { targets: batch.targets.subarray(from * perTarget, to * perTarget) }),
      share: (to - from) / count,
      randomState: random.getState(),
    });
    random.jump();
  }
  return parts;
}
