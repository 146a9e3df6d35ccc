import type { BoxBatch, BoxSource, ImageFit, ImageSize, Normalization } from '@rheobase/datasets';
import { boxBatches } from '@rheobase/datasets';
import type { Detector } from '@rheobase/detection';

/** Images with boxes to run a detector on. */
export interface BoxImages {
  readonly source: BoxSource;
  readonly normalization: Normalization;
  readonly fit: ImageFit;
  /** Of the detector's input. */
  readonly size: ImageSize;
  /** How many, from the first. */
  readonly count: number;
  readonly batchSize: number;
}

export function boxBatchesOf({
  source,
  normalization,
  fit,
  size,
  count,
  batchSize,
}: BoxImages): AsyncGenerator<BoxBatch> {
  return boxBatches(source, { batchSize, normalization, fit, size, limit: count });
}

/**
 * Refuses images whose classes are not those that a detector tells apart.
 *
 * @throws naming both numbers.
 */
export function assertDetects({ spec }: Detector, { source }: BoxImages): void {
  if (spec.classes !== source.classNames.length) {
    throw new Error(
      `The detector tells ${spec.classes} classes apart, but ${source.name} has ${source.classNames.length}. ` +
        'Choose another set, or build the detector with --model-option classes=N.',
    );
  }
}
