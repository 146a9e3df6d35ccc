import { checkIndices, checkOpen, type ImageSource } from './image-source.js';

/**
 * The images of a source at `indices`, in that order, renumbered from 0. An index may occur more than once.
 *
 * The source beneath is borrowed: closing the subset leaves it open.
 *
 * @throws if an index is out of range.
 */
export function subset(source: ImageSource, indices: ArrayLike<number>): ImageSource {
  const chosen = Array.from(indices);
  checkIndices(source, chosen);
  const { name, split, classNames, classAdvice, imageShape } = source;
  let open = true;
  const part: ImageSource = {
    name,
    split,
    classNames,
    ...(classAdvice !== undefined && { classAdvice }),
    imageShape,
    length: chosen.length,
    async read(positions) {
      checkOpen(part, open);
      checkIndices(part, positions);
      const batch = await source.read(positions.map((position) => chosen[position] ?? 0));
      return { ...batch, indices: Int32Array.from(positions) };
    },
    async labels() {
      checkOpen(part, open);
      const all = await source.labels();
      return Int32Array.from(chosen, (index) => all[index] ?? 0);
    },
    ...(source.fingerprint && {
      fingerprint: async (position: number) => {
        checkIndices(part, [position]);
        return (await source.fingerprint?.(chosen[position] ?? -1)) ?? '';
      },
    }),
    async close() {
      open = false;
    },
  };
  return part;
}
