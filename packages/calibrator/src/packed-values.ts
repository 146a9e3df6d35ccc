/** Values on a grid, k·unit with whole k: spikes, whose unit is θ, and quantized activations, whose unit is θ/L. */
export interface Grid {
  /** One unit for all elements, or one for each element of a row. */
  readonly unit: number | Float32Array;
}

/** Rows of values as small as they can be without loss. */
export type PackedValues =
  /** All k are 0 or 1: eight elements per byte, with each row starting at a new byte. */
  | { readonly kind: 'bits'; readonly data: Uint8Array }
  /** k from −127 to 127. */
  | { readonly kind: 'counts'; readonly data: Int8Array }
  /** Off the grid. */
  | { readonly kind: 'values'; readonly data: Float32Array };

/** Share of a unit by which a value may miss the grid: two engines' roundings of k·unit. */
const tolerance = 1e-6;

/**
 * Packs rows of values.
 *
 * @param values `[rows, size]`
 */
export function pack(values: Float32Array, size: number, grid: Grid): PackedValues {
  const bits = packBits(values, size, grid);
  if (bits !== undefined) return { kind: 'bits', data: bits };
  const counts = packCounts(values, size, grid);
  if (counts !== undefined) return { kind: 'counts', data: counts };
  return { kind: 'values', data: values.slice() };
}

/** Nothing if a value is neither 0 nor the unit. */
function packBits(values: Float32Array, size: number, { unit }: Grid): Uint8Array | undefined {
  const width = Math.ceil(size / 8);
  const rows = size === 0 ? 0 : values.length / size;
  const bits = new Uint8Array(rows * width);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0; i < size; i++, at++) {
      const value = values[at] ?? 0;
      if (value === 0) continue;
      if (!isMultiple(value, 1, typeof unit === 'number' ? unit : (unit[i] ?? 1))) return undefined;
      const byte = row * width + (i >> 3);
      bits[byte] = (bits[byte] ?? 0) | (1 << (i & 7));
    }
  }
  return bits;
}

/** Nothing if a value is not a small multiple of the unit. */
function packCounts(values: Float32Array, size: number, { unit }: Grid): Int8Array | undefined {
  const counts = new Int8Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    const step = typeof unit === 'number' ? unit : (unit[at % size] ?? 1);
    const k = Math.round(value / step);
    if (k < -127 || k > 127 || !isMultiple(value, k, step)) return undefined;
    counts[at] = k;
  }
  return counts;
}

function isMultiple(value: number, k: number, unit: number): boolean {
  return Math.abs(k * unit - value) <= tolerance * Math.abs(value);
}

/**
 * Writes one packed row, as it was, into zeros.
 *
 * @param to where the row starts in `out`
 */
export function unpackRow(
  packed: PackedValues,
  row: number,
  size: number,
  { unit }: Grid,
  out: Float32Array,
  to: number,
): void {
  switch (packed.kind) {
    case 'values':
      out.set(packed.data.subarray(row * size, (row + 1) * size), to);
      return;
    case 'counts': {
      const { data } = packed;
      const from = row * size;
      if (typeof unit === 'number') for (let i = 0; i < size; i++) out[to + i] = (data[from + i] ?? 0) * unit;
      else for (let i = 0; i < size; i++) out[to + i] = (data[from + i] ?? 0) * (unit[i] ?? 0);
      return;
    }
    case 'bits':
      if (typeof unit === 'number') unpackBits(packed.data, row, size, unit, out, to);
      else unpackBitsOf(packed.data, row, size, unit, out, to);
  }
}

function unpackBits(data: Uint8Array, row: number, size: number, unit: number, out: Float32Array, to: number): void {
  const width = Math.ceil(size / 8);
  const whole = size >> 3;
  const from = row * width;
  for (let b = 0; b < whole; b++) {
    const bits = data[from + b] ?? 0;
    if (bits === 0) continue;
    const at = to + (b << 3);
    // Without branches on single bits, which no predictor guesses.
    out[at] = (bits & 1) * unit;
    out[at + 1] = ((bits >> 1) & 1) * unit;
    out[at + 2] = ((bits >> 2) & 1) * unit;
    out[at + 3] = ((bits >> 3) & 1) * unit;
    out[at + 4] = ((bits >> 4) & 1) * unit;
    out[at + 5] = ((bits >> 5) & 1) * unit;
    out[at + 6] = ((bits >> 6) & 1) * unit;
    out[at + 7] = (bits >> 7) * unit;
  }
  const rest = data[from + whole] ?? 0;
  for (let i = whole << 3; i < size; i++) out[to + i] = ((rest >> (i & 7)) & 1) * unit;
}

function unpackBitsOf(
  data: Uint8Array,
  row: number,
  size: number,
  units: Float32Array,
  out: Float32Array,
  to: number,
): void {
  const from = row * Math.ceil(size / 8);
  for (let i = 0; i < size; i++) {
    const bits = data[from + (i >> 3)] ?? 0;
    if (bits === 0) i |= 7;
    else if ((bits >> (i & 7)) & 1) out[to + i] = units[i] ?? 0;
  }
}
