import type { BoxBatch, BoxSource, ImageFit, ImageSize, Normalization } from '@rheobase/datasets';
import { boxBatches } from '@rheobase/datasets';
import type { ApProtocol, Detector } from '@rheobase/detection';

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
 * Refuses images with other classes than a detector's.
 *
 * @throws naming both numbers.
 */
export function assertDetects({ spec }: Detector, { source }: BoxImages): void {
  if (spec.classes !== source.classNames.length) {
    throw new Error(
      `The detector has ${spec.classes} classes, but ${source.name} has ${source.classNames.length}. ` +
        'Choose another set, or build the detector with --model-option classes=N.',
    );
  }
}

/**
 * Refuses images of which no average precision can be taken. Called before a detector looks at them.
 *
 * @throws naming the set and how many images have no object that counts by the protocol.
 */
export function assertHasObjects({ source, count }: Pick<BoxImages, 'source' | 'count'>, protocol: ApProtocol): void {
  const annotated = Array.from({ length: count }, (_, index) => source.annotation(index).objects);
  // Objects that are neither count by every protocol; the protocol says what counts where there are only others.
  if (annotated.some((objects) => objects.some(({ crowd, difficult }) => !crowd && !difficult))) return;
  const report = protocol.evaluate(
    annotated.map((objects) => ({ objects, detections: [] })),
    source.classNames.length,
  );
  if (report.objectsByClass.some((objects) => objects > 0)) return;
  const which = annotated.some((objects) => objects.length > 0) ? ` that counts by ${protocol.name}` : '';
  throw new Error(
    `${source.name} (${source.split}): none of the ${count} images has an annotated box${which}, so there is no average ` +
      'precision to evaluate. Take a part of the set with annotations, or more of its images.',
  );
}
