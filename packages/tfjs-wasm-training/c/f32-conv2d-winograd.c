#include "inner-product.h"
#include "winograd.h"

// G·x
INLINE void transform_weights3(f32x4 a, f32x4 b, f32x4 c, f32x4 to[SEEN]) {
  const f32x4 even_a = scaled4(scaled_add4(c, 0.5f, a), -1.0f / 1.5f), odd_a = scaled4(b, ROOT_HALF / -1.5f);
  const f32x4 even_b = scaled4(scaled_add4(c, 2.0f, a), 1.0f / 6.0f), odd_b = scaled4(b, ROOT_TWO / 6.0f);
  to[0] = a;
  to[1] = add4(even_a, odd_a);
  to[2] = sub4(even_a, odd_a);
  to[3] = add4(even_b, odd_b);
  to[4] = sub4(even_b, odd_b);
  to[5] = c;
}

// A window's weights: those of tap t, channel c and filter f stand at t·tap + c·channel + f·filter.
struct weights {
  const float *at;
  int tap, channel, filter;
};

// Weights of filters f to f + 3, or of the first `left` (down to none) of them.
INLINE f32x4 load_weights(const float *from, int filter, int left) {
  if (left <= 0) return zero4();
  if (filter == 1) return load_left4(from, left);
  f32x4 x = wasm_v128_load32_zero(from);
  if (left > 1) x = wasm_v128_load32_lane(from + filter, x, 1);
  if (left > 2) x = wasm_v128_load32_lane(from + 2 * filter, x, 2);
  if (left > 3) x = wasm_v128_load32_lane(from + 3 * filter, x, 3);
  return x;
}

// Panels of G·w·Gᵀ for every position, as product_strip takes them. Without biases: those are added to the results.
static void pack_transformed(struct weights w, int channels, int padded, int filters, float *to, int position_pitch) {
  const int size = panel_size(padded);
  for (int n = 0; n < filters; n += 8, to += size) {
    for (int position = 0; position < POSITIONS; position++) {
      float *panel = to + position * position_pitch;
      store4(panel, zero4());
      store4(panel + 4, zero4());
      for (int k = 8 * (channels + 1); k < size; k += 4) store4(panel + k, zero4());
    }
    for (int c = 0; c < channels; c++) {
      for (int j = 0; j < 8; j += 4) {
        const float *from = w.at + c * w.channel + (n + j) * w.filter;
        f32x4 half[SEEN][3];
        UNROLLED for (int column = 0; column < 3; column++) {
          f32x4 x[3], y[SEEN];
          UNROLLED for (int row = 0; row < 3; row++) {
            x[row] = load_weights(from + (3 * row + column) * w.tap, w.filter, filters - n - j);
          }
          transform_weights3(x[0], x[1], x[2], y);
          UNROLLED for (int i = 0; i < SEEN; i++) half[i][column] = y[i];
        }
        float *out = to + 8 * (c + 1) + j;
        UNROLLED for (int i = 0; i < SEEN; i++) {
          f32x4 y[SEEN];
          transform_weights3(half[i][0], half[i][1], half[i][2], y);
          UNROLLED for (int k = 0; k < SEEN; k++) store4(out + (SEEN * i + k) * position_pitch, y[k]);
        }
      }
    }
  }
}

// Writes Aᵀ·m·A + bias, clamped, of one tile: the first `rows` × `columns` of its 4 × 4 pixels.
INLINE void write_tile(const float *m, int position_pitch, const float *bias, int filters, struct range range, float *y,
                       int row_pitch, int rows, int columns) {
  for (int f = 0; f < filters; f += 4) {
    const int left = filters - f;
    f32x4 half[TILE][SEEN];
    UNROLLED for (int j = 0; j < SEEN; j++) {
      f32x4 x[SEEN], r[TILE];
      UNROLLED for (int i = 0; i < SEEN; i++) x[i] = load4(m + (SEEN * i + j) * position_pitch + f);
      transform_result6(x, r);
      UNROLLED for (int i = 0; i < TILE; i++) half[i][j] = r[i];
    }
    const f32x4 added = bias == 0 ? zero4() : load_left4(bias + f, left);
    UNROLLED for (int i = 0; i < TILE; i++) {
      f32x4 r[TILE];
      transform_result6(half[i], r);
      UNROLLED for (int j = 0; j < TILE; j++) {
        f32x4 value = add4(r[j], added);
        if (range.clamped) {
          value = wasm_f32x4_pmin(wasm_f32x4_pmax(value, wasm_f32x4_splat(range.low)), wasm_f32x4_splat(range.high));
        }
        if (i < rows && j < columns) store_left4(y + i * row_pitch + j * filters + f, value, left);
      }
    }
  }
}

// y = clamp(conv(x, w) + bias) with a 3×3 window without stride or dilation, in one group. x is [N, H, W, C], bias [F] or none, y [N, H′, W′, F];
// w is [3, 3, C, F], or [3, 3, F, C] and turned round where `turned`, which makes it the gradient of the input. A strip's rows are those of tiles.
// scratch: panels of transformed weights, one gathered strip, the transformed tiles of a block, and their products.
KERNEL(f32_conv2d_winograd_nhwc_4x4)(const struct convolution *s, const float *x, const float *w, const float *bias,
                                     float *y, float *scratch, int turned, int clamped, float low, float high) {
  const int channels = round_up(s->channels, 4), filters = round_up(s->filters, 8);
  const int tile_rows = round_up(s->output_height, TILE) / TILE, tile_columns = round_up(s->output_width, TILE) / TILE;
  const int columns = TILE * tile_columns + SEEN - TILE;
  const int block = s->strip_images * s->strip_rows * tile_columns;
  const int panels_pitch = filters / 8 * panel_size(channels) + POSITION_GAP;
  const struct tile_layout layout = {block * channels + POSITION_GAP, channels, 8};
  const int products_pitch = block * filters + POSITION_GAP;
  float *panels = scratch;
  float *strip = panels + POSITIONS * panels_pitch;
  float *tiles = strip + (TILE * s->strip_rows + SEEN - TILE) * columns * channels;
  float *products = tiles + POSITIONS * layout.position_pitch;
  const int all = s->channels * s->filters;
  const struct weights weights = turned ? (struct weights){w + 8 * all, -all, 1, s->channels}
                                        : (struct weights){w, all, s->filters, 1};
  const struct range everything = {0, 0.0f, 0.0f}, range = {clamped, low, high};
  const struct window window = {1, 0, 1, 0, channels};
  pack_transformed(weights, s->channels, channels, s->filters, panels, panels_pitch);
  for (int first = 0; first < s->count; first += s->strip_images) {
    const int images = min_int(s->strip_images, s->count - first);
    for (int top = 0; top < tile_rows; top += s->strip_rows) {
      const int rows = min_int(s->strip_rows, tile_rows - top);
      const int count = images * rows * tile_columns;
      for (int i = 0; i < images; i++) {
        gather_padded(x + (first + i) * s->height * s->width * s->channels, s->height, s->width, s->channels,
                      TILE * top - s->top, -s->left, TILE * rows + SEEN - TILE, columns, channels, strip);
        transform_strip(strip, rows, tile_columns, channels, layout, tiles + i * rows * tile_columns * channels);
      }
      for (int position = 0; position < POSITIONS; position++) {
        product_strip(tiles + position * layout.position_pitch, (struct grid){1, count, 0, channels}, window,
                      panels + position * panels_pitch, filters, products + position * products_pitch,
                      (struct grid){1, count, 0, filters}, everything);
      }
      const float *from = products;
      for (int i = 0; i < images; i++) {
        float *image = y + (first + i) * s->output_height * s->output_width * s->filters;
        for (int row = TILE * top; row < TILE * (top + rows); row += TILE) {
          for (int column = 0; column < TILE * tile_columns; column += TILE, from += filters) {
            write_tile(from, products_pitch, bias, s->filters, range,
                       image + (row * s->output_width + column) * s->filters, s->output_width * s->filters,
                       s->output_height - row, s->output_width - column);
          }
        }
      }
    }
  }
}
