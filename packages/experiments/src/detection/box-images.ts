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
 * Refuses images with other classes than a detector's: another number of them, other names, or the same in another order.
 *
 * @param names of the detector's classes, where they are known
 * @throws naming both numbers, or the classes.
 */
export function assertDetects({ spec }: Detector, { source }: BoxImages, names?: readonly string[]): void {
  const theirs = source.classNames;
  const places = new Map(theirs.map((name, label) => [plainName(name), label] as const));
  const known = names?.map((name) => places.get(plainName(name)));
  const own = `${spec.classes} class${spec.classes === 1 ? '' : 'es'}${names === undefined ? '' : ` (${some(names)})`}`;
  if (names !== undefined && known?.every((place) => place === undefined) === true) {
    throw new Error(
      `The detector finds ${own}, and ${source.name} has no boxes of ${names.length === 1 ? 'it' : 'any of them'}, but of ${some(theirs)}, so there is ` +
        'no average precision to take. Choose a set with boxes of these classes; `rheobase detect` shows what it finds in an image.',
    );
  }
  if (spec.classes !== theirs.length) {
    throw new Error(
      `The detector has ${own}, but ${source.name} has ${theirs.length} (${some(theirs)}). ` +
        'Choose another set, or build the detector with --model-option classes=N.',
    );
  }
  const moved = known?.findIndex((place, label) => place !== undefined && place !== label) ?? -1;
  if (moved >= 0) {
    throw new Error(
      `Class ${moved} of the detector is '${names?.[moved] ?? ''}', but of ${source.name} it is '${theirs[moved] ?? ''}': the order differs, so ` +
        'boxes would be compared with those of other classes. Choose a set with the order of the detector.',
    );
  }
}

/** Names of classes that a message gives. */
const shownNames = 3;

function some(names: readonly string[]): string {
  return `${names.slice(0, shownNames).join(', ')}${names.length > shownNames ? ', …' : ''}`;
}

/** The name of a class without what files write differently: `traffic light` and `Traffic-Light` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
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
