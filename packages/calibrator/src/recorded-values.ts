import type { Shape } from '@rheobase/network';
import { sizeOf } from '@rheobase/network';
import type { Grid, PackedValues } from './packed-values.js';
import { pack, unpackRow } from './packed-values.js';

/** A node's values on some images, over some steps, packed. */
export interface RecordedValues {
  /** Of the values that were added so far. */
  readonly bytes: number;
  /** Of a node's value, without batch and time. */
  readonly shape: Shape;
  /** T; 1 for what does not change over time. */
  readonly steps: number;
  /**
   * Adds the next images.
   *
   * @param values `[T, n, …shape]`
   */
  add(values: Float32Array): void;
  /** The values on the chosen images, `[T, n, …shape]`, in memory of their own. */
  read(images: ArrayLike<number>): Float32Array;
}

/** Images that were added together, of which `packed` has the rows `[T, n]`. */
interface Chunk {
  readonly first: number;
  readonly count: number;
  readonly packed: PackedValues;
}

/** An empty record; values off the grid are stored unchanged. */
export function recordedValues(shape: Shape, steps: number, grid: Grid): RecordedValues {
  const size = sizeOf(shape);
  /** By image. */
  const chunkOf: Chunk[] = [];
  let bytes = 0;
  return {
    shape,
    steps,
    get bytes() {
      return bytes;
    },
    add(values) {
      const count = values.length / (steps * size);
      const chunk = { first: chunkOf.length, count, packed: pack(values, size, grid) };
      bytes += chunk.packed.data.byteLength;
      for (let i = 0; i < count; i++) chunkOf.push(chunk);
    },
    read(images) {
      const out = new Float32Array(steps * images.length * size);
      for (let k = 0; k < images.length; k++) {
        const image = images[k] ?? -1;
        const chunk = chunkOf[image];
        if (chunk === undefined) throw new RangeError(`There is no image ${image} among ${chunkOf.length}.`);
        for (let t = 0; t < steps; t++) {
          const row = t * chunk.count + (image - chunk.first);
          unpackRow(chunk.packed, row, size, grid, out, (t * images.length + k) * size);
        }
      }
      return out;
    },
  };
}
