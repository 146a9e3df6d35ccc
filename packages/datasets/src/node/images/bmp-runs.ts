/** What follows a zero byte in place of a run's length. */
const marks = { endOfRow: 0, endOfImage: 1, move: 2 } as const;

/**
 * Unpacks the run lengths of a BMP file: palette indices, rows in the order of the file. Pixels that no run reaches are 0.
 *
 * @throws if the data end too early, or run past a row or the image.
 */
export function unpackRuns(
  data: Uint8Array,
  bits: 4 | 8,
  { height, width }: { readonly height: number; readonly width: number },
): Uint8Array {
  const indices = new Uint8Array(height * width);
  let [at, row, x] = [0, 0, 0];
  const next = (): number => {
    const byte = data[at];
    if (byte === undefined) throw new Error('its run lengths end too early');
    at += 1;
    return byte;
  };
  const put = (index: number): void => {
    if (row >= height || x >= width) throw new Error('its run lengths go past a row');
    indices[row * width + x] = index;
    x += 1;
  };
  /** The `k`-th of the pixels that lie in bytes from the first on. */
  const pick = (bytes: readonly number[], k: number): number =>
    bits === 8 ? (bytes[k] ?? 0) : ((bytes[k >> 1] ?? 0) >> (k % 2 === 0 ? 4 : 0)) & 15;
  for (;;) {
    const count = next();
    const second = next();
    if (count > 0) {
      for (let k = 0; k < count; k += 1) put(bits === 8 ? second : pick([second], k % 2));
    } else if (second === marks.endOfImage) {
      return indices;
    } else if (second === marks.endOfRow) {
      row += 1;
      x = 0;
    } else if (second === marks.move) {
      x += next();
      row += next();
    } else {
      const length = Math.ceil((second * bits) / 8);
      const bytes = Array.from({ length }, next);
      if (length % 2 === 1) next();
      for (let k = 0; k < second; k += 1) put(pick(bytes, k));
    }
  }
}
