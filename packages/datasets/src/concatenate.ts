import { checkIndices, checkOpen, type PixelBatch, type ImageSource, type SplitName } from './image-source.js';

/**
 * Several sources as one: the images of the first, then those of the second, and so on.
 *
 * The sources are borrowed: closing the whole leaves them open.
 *
 * @param naming what the whole is called; by default what the first source is called
 * @throws if there is no source, or if they differ in image shape or class names.
 */
export function concatenate(
  sources: readonly ImageSource[],
  naming: { readonly name?: string; readonly split?: SplitName } = {},
): ImageSource {
  const [first] = sources;
  if (!first) throw new Error('concatenate needs at least one source');
  for (const source of sources) {
    if (source.imageShape.join() !== first.imageShape.join()) {
      throw new Error(
        `cannot concatenate ${source.name} (images of ${source.imageShape.join('×')}) to ${first.name} (${first.imageShape.join('×')})`,
      );
    }
    const { length } = first.classNames;
    if (source.classNames.length !== length || source.classNames.some((name, k) => name !== first.classNames[k])) {
      throw new Error(`cannot concatenate ${source.name} to ${first.name}: their class names differ`);
    }
  }
  const starts: number[] = [];
  let length = 0;
  for (const source of sources) {
    starts.push(length);
    length += source.length;
  }
  const [height, width, channels] = first.imageShape;
  const size = height * width * channels;
  let open = true;
  const whole: ImageSource = {
    name: naming.name ?? first.name,
    split: naming.split ?? first.split,
    classNames: first.classNames,
    imageShape: first.imageShape,
    length,
    async read(indices) {
      checkOpen(whole, open);
      checkIndices(whole, indices);
      const images = new Uint8Array(indices.length * size);
      const labels = new Int32Array(indices.length);
      const parts = sources.map(async (source, part): Promise<void> => {
        const start = starts[part] ?? 0;
        const positions: number[] = [];
        indices.forEach((index, k) => {
          if (index >= start && index < start + source.length) positions.push(k);
        });
        if (positions.length === 0) return;
        const batch: PixelBatch = await source.read(positions.map((k) => (indices[k] ?? 0) - start));
        positions.forEach((k, row) => {
          images.set(batch.images.subarray(row * size, (row + 1) * size), k * size);
          labels[k] = batch.labels[row] ?? 0;
        });
      });
      await Promise.all(parts);
      return { images, shape: [indices.length, height, width, channels], labels, indices: Int32Array.from(indices) };
    },
    async labels() {
      checkOpen(whole, open);
      const labels = new Int32Array(length);
      const parts = await Promise.all(sources.map((source) => source.labels()));
      parts.forEach((part, k) => labels.set(part, starts[k]));
      return labels;
    },
    async close() {
      open = false;
    },
  };
  return whole;
}
