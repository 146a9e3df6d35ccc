#include "inner-product.h"
#include "outer-product.h"

// b as panels of eight columns: b is [depth, columns], or its transpose.
static void pack_columns(const float *b, int depth, int columns, int transposed, float *to) {
  for (int n = 0; n < columns; n += 8) {
    const int results = min_int(8, columns - n);
    store4(to, zero4());
    store4(to + 4, zero4());
    to += 8;
    for (int k = 0; k < depth; k++, to += 8) {
      if (!transposed && results == 8) {
        store4(to, load4(b + k * columns + n));
        store4(to + 4, load4(b + k * columns + n + 4));
      } else {
        for (int j = 0; j < 8; j++)
          to[j] = j >= results ? 0.0f : transposed ? b[(n + j) * depth + k] : b[k * columns + n + j];
      }
    }
  }
}

// Rows `first` … of a matrix by blocks of eight columns, 256 rows apart; behind the last column 0.
static void gather_columns8(const float *from, int first, int length, int columns, int row_pitch, int column_pitch,
                            float *to) {
  for (int n = 0; n < columns; n += 8) {
    const int left = columns - n;
    float *out = to + n * 256;
    for (int k = 0; k < length; k++, out += 8) {
      const float *p = from + (first + k) * row_pitch + n * column_pitch;
      if (left >= 8 && column_pitch == 1) {
        store4(out, load4(p));
        store4(out + 4, load4(p + 4));
      } else {
        for (int j = 0; j < 8; j++) out[j] = j < left ? p[j * column_pitch] : 0.0f;
      }
    }
  }
}

// y = a·b, or a·bᵀ. a is [rows, depth], y [rows, columns]. scratch: b, packed.
KERNEL(f32_gemm_nx_8x8)(const float *a, const float *b, float *y, float *scratch, int rows, int depth, int columns,
                        int transposed) {
  pack_columns(b, depth, columns, transposed, scratch);
  const struct grid in = {rows, 1, depth, 0}, out = {rows, 1, columns, 0};
  const struct window window = {1, 0, 1, 0, depth};
  product_strip(a, in, window, scratch, columns, y, out, (struct range){0, 0.0f, 0.0f});
}

// y = aᵀ·b, or aᵀ·bᵀ. a is [depth, rows], y [rows, columns]. Sums run over 256 of depth in registers, then over those.
// scratch: the sums, then 256 rows of a and of b in blocks of eight.
KERNEL(f32_gemm_tx_8x8)(const float *a, const float *b, float *y, float *scratch, int rows, int depth, int columns,
                        int transposed) {
  const int row_blocks = (rows + 7) / 8, column_blocks = (columns + 7) / 8;
  float *sums = scratch;
  float *a_strip = sums + row_blocks * column_blocks * 64;
  float *b_strip = a_strip + row_blocks * 256 * 8;
  for (int k = 0; k < row_blocks * column_blocks * 64; k += 4) store4(sums + k, zero4());
  for (int first = 0; first < depth; first += 256) {
    const int length = min_int(256, depth - first);
    gather_columns8(a, first, length, rows, rows, 1, a_strip);
    gather_columns8(b, first, length, columns, transposed ? 1 : columns, transposed ? depth : 1, b_strip);
    for (int m = 0; m < row_blocks; m++)
      for (int n = 0; n < column_blocks; n++)
        outer_tile_8x8(a_strip + m * 2048, 0, 0, 8, b_strip + n * 2048, 1, 1, length,
                       sums + (m * column_blocks + n) * 64);
  }
  for (int m = 0; m < rows; m++)
    for (int n = 0; n < columns; n++)
      y[m * columns + n] = sums[((m / 8) * column_blocks + n / 8) * 64 + (m % 8) * 8 + n % 8];
}
