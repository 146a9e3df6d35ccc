#include "outer-product.h"
#include "winograd.h"

// A·y·Aᵀ of `rows` × `columns` tiles of a gathered strip, TILE·rows pixels by TILE·columns, of `channels` (a multiple of 4) values.
static void transform_result_strip(const float *strip, int rows, int columns, int channels, struct tile_layout layout,
                                   float *to) {
  const int pitch = TILE * columns * channels;
  for (int row = 0; row < rows; row++) {
    for (int column = 0; column < columns; column++, to += layout.tile_pitch) {
      const float *tile = strip + TILE * (row * pitch + column * channels);
      for (int c = 0; c < channels; c += 4) {
        f32x4 half[SEEN][TILE];
        UNROLLED for (int j = 0; j < TILE; j++) {
          f32x4 x[TILE], y[SEEN];
          UNROLLED for (int i = 0; i < TILE; i++) x[i] = load4(tile + i * pitch + j * channels + c);
          transform_result_gradient4(x, y);
          UNROLLED for (int i = 0; i < SEEN; i++) half[i][j] = y[i];
        }
        float *out = to + c / 8 * layout.block_pitch + c % 8;
        UNROLLED for (int i = 0; i < SEEN; i++) {
          f32x4 y[SEEN];
          transform_result_gradient4(half[i], y);
          UNROLLED for (int j = 0; j < SEEN; j++) store4(out + (SEEN * i + j) * layout.position_pitch, y[j]);
        }
      }
    }
  }
}

// Gᵀ·x
INLINE void transform_sums6(const f32x4 x[SEEN], f32x4 to[3]) {
  const f32x4 a = scaled4(add4(x[1], x[2]), -1.0f / 1.5f), b = scaled4(add4(x[3], x[4]), 1.0f / 6.0f);
  const f32x4 odd_a = sub4(x[1], x[2]), odd_b = sub4(x[3], x[4]);
  to[0] = add4(x[0], add4(a, b));
  to[1] = scaled_add4(odd_a, ROOT_HALF / -1.5f, scaled4(odd_b, ROOT_TWO / 6.0f));
  to[2] = scaled_add4(a, 0.5f, scaled_add4(b, 2.0f, x[5]));
}

// dw of y = conv(x, w) with a 3×3 window without stride or dilation, in one group. x is [N, H, W, C], dy [N, H′, W′, F], dw [3, 3, C, F]. Sums run
// over the tiles, always in the same order. A strip's rows are those of tiles. scratch: the sums, strips of x and of dy, the transformed tiles of both.
KERNEL(f32_conv2d_winograd_filter_gradient_nhwc_4x4)(const struct convolution *s, const float *x, const float *dy,
                                                     float *dw, float *scratch) {
  const int channels = round_up(s->channels, 8), filters = round_up(s->filters, 8);
  const int blocks = channels / 8, panels = filters / 8;
  const int tile_rows = round_up(s->output_height, TILE) / TILE, tile_columns = round_up(s->output_width, TILE) / TILE;
  const int columns = TILE * tile_columns + SEEN - TILE;
  const int block = s->strip_images * s->strip_rows * tile_columns;
  const struct tile_layout in = {block * channels + POSITION_GAP, 8, 8 * block};
  const struct tile_layout out = {block * filters + POSITION_GAP, 8, 8 * block};
  const int sums_size = panels * blocks * 64;
  float *sums = scratch;
  float *x_strip = sums + POSITIONS * sums_size;
  float *dy_strip = x_strip + (TILE * s->strip_rows + SEEN - TILE) * columns * channels;
  float *x_tiles = dy_strip + TILE * s->strip_rows * TILE * tile_columns * filters;
  float *dy_tiles = x_tiles + POSITIONS * in.position_pitch;
  for (int k = 0; k < POSITIONS * sums_size; k += 4) store4(sums + k, zero4());
  for (int first = 0; first < s->count; first += s->strip_images) {
    const int images = min_int(s->strip_images, s->count - first);
    for (int top = 0; top < tile_rows; top += s->strip_rows) {
      const int rows = min_int(s->strip_rows, tile_rows - top);
      for (int i = 0; i < images; i++) {
        const int at = i * rows * tile_columns * 8;
        gather_padded(x + (first + i) * s->height * s->width * s->channels, s->height, s->width, s->channels,
                      TILE * top - s->top, -s->left, TILE * rows + SEEN - TILE, columns, channels, x_strip);
        transform_strip(x_strip, rows, tile_columns, channels, in, x_tiles + at);
        gather_padded(dy + (first + i) * s->output_height * s->output_width * s->filters, s->output_height,
                      s->output_width, s->filters, TILE * top, 0, TILE * rows, TILE * tile_columns, filters, dy_strip);
        transform_result_strip(dy_strip, rows, tile_columns, filters, out, dy_tiles + at);
      }
      for (int position = 0; position < POSITIONS; position++) {
        float *to = sums + position * sums_size;
        for (int n = 0; n < panels; n++) {
          for (int c = 0; c < blocks; c++, to += 64) {
            outer_tile_8x8(x_tiles + position * in.position_pitch + c * in.block_pitch, 0, 0, 8,
                           dy_tiles + position * out.position_pitch + n * out.block_pitch, 1, 1,
                           images * rows * tile_columns, to);
          }
        }
      }
    }
  }
  for (int c = 0; c < s->channels; c++) {
    for (int f = 0; f < s->filters; f += 4) {
      const float *from = sums + (f / 8 * blocks + c / 8) * 64 + 8 * (c % 8) + f % 8;
      f32x4 half[3][SEEN];
      UNROLLED for (int j = 0; j < SEEN; j++) {
        f32x4 x6[SEEN], y3[3];
        UNROLLED for (int i = 0; i < SEEN; i++) x6[i] = load4(from + (SEEN * i + j) * sums_size);
        transform_sums6(x6, y3);
        UNROLLED for (int i = 0; i < 3; i++) half[i][j] = y3[i];
      }
      float *to = dw + c * s->filters + f;
      UNROLLED for (int i = 0; i < 3; i++) {
        f32x4 y3[3];
        transform_sums6(half[i], y3);
        UNROLLED for (int j = 0; j < 3; j++) {
          store_left4(to + (3 * i + j) * s->channels * s->filters, y3[j], s->filters - f);
        }
      }
    }
  }
}
