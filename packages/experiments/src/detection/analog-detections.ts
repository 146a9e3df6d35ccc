import type { BoxBatch } from '@rheobase/datasets';
import { type Detector, detections, type JudgedImage, mapsOf, type Reading } from '@rheobase/detection';
import { type BoundNetwork, onTensor, usingResult } from '@rheobase/execution';
import { type BoxImages, boxBatchesOf } from './box-images.js';

export interface DetectionOptions {
  readonly reading?: Reading;
  /** Called after each batch with the number of images so far. */
  readonly onBatch?: (images: number) => void;
}

/** The output of an analog detector for a batch, by output node, `[N, H, W, C]`, in its own memory. */
export function analogMaps(
  bound: BoundNetwork,
  batch: Pick<BoxBatch, 'images' | 'shape'>,
): ReadonlyMap<string, Float32Array> {
  return onTensor(batch, (input) =>
    usingResult(
      bound.run(input, { finite: true }),
      ({ outputs }) =>
        new Map([...outputs].map(([name, value]) => [name, Float32Array.from(value.dataSync<'float32'>())])),
    ),
  );
}

/** What a detector finds in the images of a batch, with the true objects. */
export function judged(
  detector: Detector,
  outputs: ReadonlyMap<string, Float32Array>,
  { indices, placements }: BoxBatch,
  { source }: BoxImages,
  reading: Reading = {},
): readonly JudgedImage[] {
  return placements.map((placement, k) => {
    const { objects, size } = source.annotation(indices[k] ?? -1);
    return { objects, detections: detections(detector, mapsOf(detector, outputs, k), { size, placement }, reading) };
  });
}

/**
 * What an analog detector finds in images, in pixels of each image.
 *
 * @throws if there are no images.
 */
export async function analogDetections(
  bound: BoundNetwork,
  detector: Detector,
  given: BoxImages,
  { reading = {}, onBatch }: DetectionOptions = {},
): Promise<readonly JudgedImage[]> {
  const all: JudgedImage[] = [];
  for await (const batch of boxBatchesOf(given)) {
    all.push(...judged(detector, analogMaps(bound, batch), batch, given, reading));
    onBatch?.(all.length);
  }
  if (all.length === 0) throw new Error('There were no images to look for objects in.');
  return all;
}
