// Winograd's minimal filtering F(4×4, 3×3): 16 results of a 3×3 window for 36 products instead of 144.
//
//   Y = Aᵀ[(G·w·Gᵀ) ⊙ (Bᵀ·d·B)]A    d: 6×6 values of the input, w: the 3×3 weights, Y: 4×4 results
//
// (Lavin and Gray, Fast algorithms for convolutional neural networks, CVPR 2016.) The interpolation points are 0, ±√½, ±√2 and ∞. With them the
// error in float32 is 1.5 to 2 times that of a direct sum; with the usual 0, ±1, ±2, ∞ it is 6 to 8 times.
#ifndef RHEOBASE_WINOGRAD_H
#define RHEOBASE_WINOGRAD_H

#include "channel-groups.h"
#include "convolution.h"

// Results of a tile along an axis, values that they see, and transform positions.
enum { TILE = 4, SEEN = 6, POSITIONS = SEEN * SEEN };
// Positions lie this many values further apart than they need to: at a power of two apart they would share the same few lines of the cache.
enum { POSITION_GAP = 16 };

#define ROOT_HALF 0.70710678118654752440f
#define ROOT_TWO 1.41421356237309504880f

INLINE int round_up(int count, int to) { return (count + to - 1) / to * to; }
INLINE f32x4 scaled4(f32x4 x, float by) { return mul4(x, wasm_f32x4_splat(by)); }
INLINE f32x4 scaled_add4(f32x4 x, float by, f32x4 to) { return madd4(x, wasm_f32x4_splat(by), to); }

// Bᵀ·x
INLINE void transform_input6(const f32x4 x[SEEN], f32x4 to[SEEN]) {
  const f32x4 even_a = scaled_add4(x[2], -2.0f, x[4]), odd_a = scaled_add4(x[1], -ROOT_TWO, scaled4(x[3], ROOT_HALF));
  const f32x4 even_b = scaled_add4(x[2], -0.5f, x[4]), odd_b = scaled_add4(x[1], -ROOT_HALF, scaled4(x[3], ROOT_TWO));
  to[0] = add4(scaled_add4(x[2], -2.5f, x[4]), x[0]);
  to[1] = add4(even_a, odd_a);
  to[2] = sub4(even_a, odd_a);
  to[3] = add4(even_b, odd_b);
  to[4] = sub4(even_b, odd_b);
  to[5] = add4(scaled_add4(x[3], -2.5f, x[5]), x[1]);
}

// Aᵀ·m
INLINE void transform_result6(const f32x4 m[SEEN], f32x4 to[TILE]) {
  const f32x4 sum_a = add4(m[1], m[2]), difference_a = sub4(m[1], m[2]);
  const f32x4 sum_b = add4(m[3], m[4]), difference_b = sub4(m[3], m[4]);
  to[0] = add4(m[0], add4(sum_a, sum_b));
  to[1] = scaled_add4(difference_a, ROOT_HALF, scaled4(difference_b, ROOT_TWO));
  to[2] = scaled_add4(sum_a, 0.5f, scaled4(sum_b, 2.0f));
  to[3] = scaled_add4(difference_a, 0.5f * ROOT_HALF, scaled_add4(difference_b, 2.0f * ROOT_TWO, m[5]));
}

// A·y
INLINE void transform_result_gradient4(const f32x4 y[TILE], f32x4 to[SEEN]) {
  const f32x4 even_a = scaled_add4(y[2], 0.5f, y[0]);
  const f32x4 odd_a = scaled_add4(y[3], 0.5f * ROOT_HALF, scaled4(y[1], ROOT_HALF));
  const f32x4 even_b = scaled_add4(y[2], 2.0f, y[0]);
  const f32x4 odd_b = scaled_add4(y[3], 2.0f * ROOT_TWO, scaled4(y[1], ROOT_TWO));
  to[0] = y[0];
  to[1] = add4(even_a, odd_a);
  to[2] = sub4(even_a, odd_a);
  to[3] = add4(even_b, odd_b);
  to[4] = sub4(even_b, odd_b);
  to[5] = y[3];
}

// Where the transforms of a block's tiles stand: [position][tile or block of channels][…].
struct tile_layout {
  int position_pitch;
  int tile_pitch;
  // Channels c to c + 7 of all tiles stand this far behind the 8 before them.
  int block_pitch;
};

// Rows × columns pixels of an image from (row, column) on, `padded` values each, of which the first `channels` are the image's. All else is 0.
INLINE void gather_padded(const float *image, int height, int width, int channels, int row, int column, int rows,
                          int columns, int padded, float *to) {
  const int from = max_int(0, -column), until = max_int(from, min_int(columns, width - column));
  for (int r = 0; r < rows; r++, to += columns * padded) {
    const int y = row + r;
    const int inside = y >= 0 && y < height;
    const int first = inside ? min_int(from, columns) : columns, last = inside ? min_int(until, columns) : columns;
    for (int k = 0; k < first * padded; k += 4) store4(to + k, zero4());
    for (int k = last * padded; k < columns * padded; k += 4) store4(to + k, zero4());
    if (first >= last) continue;
    const float *source = image + (y * width + column + first) * channels;
    float *out = to + first * padded;
    if (padded == channels) {
      for (int k = 0; k < (last - first) * padded; k += 4) store4(out + k, load4(source + k));
    } else {
      for (int x = first; x < last; x++, source += channels, out += padded) {
        for (int c = 0; c < padded; c += 4) {
          const int left = channels - c;
          store4(out + c, left > 0 ? load_left4(source + c, left) : zero4());
        }
      }
    }
  }
}

// Bᵀ·d·B of `rows` × `columns` tiles of a gathered strip, TILE·rows + 2 pixels by TILE·columns + 2, of `channels` (a multiple of 4) values.
static void transform_strip(const float *strip, int rows, int columns, int channels, struct tile_layout layout,
                            float *to) {
  const int pitch = (TILE * columns + SEEN - TILE) * channels;
  for (int row = 0; row < rows; row++) {
    for (int column = 0; column < columns; column++, to += layout.tile_pitch) {
      const float *tile = strip + TILE * (row * pitch + column * channels);
      for (int c = 0; c < channels; c += 4) {
        f32x4 half[SEEN][SEEN];
        UNROLLED for (int j = 0; j < SEEN; j++) {
          f32x4 x[SEEN], y[SEEN];
          UNROLLED for (int i = 0; i < SEEN; i++) x[i] = load4(tile + i * pitch + j * channels + c);
          transform_input6(x, y);
          UNROLLED for (int i = 0; i < SEEN; i++) half[i][j] = y[i];
        }
        float *out = to + c / 8 * layout.block_pitch + c % 8;
        UNROLLED for (int i = 0; i < SEEN; i++) {
          f32x4 y[SEEN];
          transform_input6(half[i], y);
          UNROLLED for (int j = 0; j < SEEN; j++) store4(out + (SEEN * i + j) * layout.position_pitch, y[j]);
        }
      }
    }
  }
}

#endif
