import type { CalibrationImages } from '@rheobase/calibrator';

/** Images in plain memory, normalized, with the class of each: `[N]`. */
export interface LabelledImages extends CalibrationImages {
  readonly labels: Int32Array;
}

/** Images of a set, `size` at a time, as they are fed to a network. */
export function* batchesOf(
  { shape, data }: CalibrationImages,
  size: number,
): Generator<{ readonly images: Float32Array; readonly shape: readonly number[] }> {
  const [count = 0, ...each] = shape;
  const pixels = each.reduce((product, length) => product * length, 1);
  for (let first = 0; first < count; first += size) {
    const length = Math.min(size, count - first);
    yield { images: data.subarray(first * pixels, (first + length) * pixels), shape: [length, ...each] };
  }
}
