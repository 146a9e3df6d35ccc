import { type BoxBatchOptions, boxBatches, type BoxSource } from '@rheobase/datasets';
import type { TrainingSource } from '@rheobase/training';
import { encodeTargets } from './targets.js';

/**
 * The images of a source, shuffled and augmented again each epoch, for `fit`.
 *
 * @param options as for `boxBatches`, without what `fit` decides
 */
export function boxTrainingSource(
  source: BoxSource,
  options: Omit<BoxBatchOptions, 'epoch' | 'from' | 'order'>,
): TrainingSource {
  const images = Math.min(source.length, options.limit ?? source.length);
  return {
    batchesPerEpoch: Math.ceil(images / options.batchSize),
    async *epoch(epoch, from) {
      for await (const { images: pixels, shape, objects } of boxBatches(source, {
        ...options,
        order: 'shuffled',
        epoch,
        from,
      })) {
        yield { images: pixels, shape, labels: new Int32Array(shape[0]), targets: encodeTargets(objects) };
      }
    },
  };
}
