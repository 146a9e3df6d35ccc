#include "channel-groups.h"

// Images are [N, H, W, C], windows `kernel` high and wide, `stride` apart, the first one `top` and `left` outside.

INLINE void clear(float *p, long size) { __builtin_memset(p, 0, (unsigned long)size * sizeof(float)); }

// Adds what one window's maximum gets: the first place in row order that equals it.
INLINE void pass_to_maximum(const float *x, float *dx, f32x4 most, f32x4 dy, int rows, int columns, int line,
                            int channels, int left) {
  v128_t unclaimed = wasm_i32x4_const_splat(-1);
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) {
      const long at = (long)i * line + (long)j * channels;
      const v128_t claimed = wasm_v128_and(unclaimed, wasm_f32x4_eq(load_left4(x + at, left), most));
      add_to_left4(dx + at, wasm_v128_and(dy, claimed), left);
      unclaimed = wasm_v128_andnot(unclaimed, claimed);
    }
  }
}

// Adds an equal part to every place of one window.
INLINE void pass_evenly(float *dx, f32x4 part, int rows, int columns, int line, int channels, int left) {
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) add_to_left4(dx + (long)i * line + (long)j * channels, part, left);
  }
}

// The places of a window that lie inside: its first row and column, and how many there are.
#define INSIDE(out, stride, before, kernel, size, first, count)       \
  const int first = max_int((out) * (stride) - (before), 0);          \
  const int count = min_int((out) * (stride) - (before) + (kernel), size) - first

// dx of a max pooling whose result is y.
KERNEL(f32_max_pool_gradient_4)(const float *x, const float *y, const float *dy, float *dx, int images, int height,
                                int width, int channels, int out_height, int out_width, int kernel_height,
                                int kernel_width, int stride_height, int stride_width, int top, int left) {
  const long image = (long)height * width * channels;
  clear(dx, images * image);
  for (int n = 0; n < images; n++, x += image, dx += image) {
    for (int oh = 0; oh < out_height; oh++) {
      INSIDE(oh, stride_height, top, kernel_height, height, row, rows);
      for (int ow = 0; ow < out_width; ow++, y += channels, dy += channels) {
        INSIDE(ow, stride_width, left, kernel_width, width, column, columns);
        const long at = ((long)row * width + column) * channels;
#define PASS(c, vectors, count)                                                                                \
  UNROLLED for (int v = 0; v < 4 * vectors; v += 4)                                                            \
      pass_to_maximum(x + at + c + v, dx + at + c + v, load_left4(y + c + v, count), load_left4(dy + c + v, count), \
                      rows, columns, width * channels, channels, count)
        FOR_CHANNEL_GROUPS(channels, PASS);
#undef PASS
      }
    }
  }
}

// dx of an average pooling that divides by the places inside.
KERNEL(f32_avg_pool_gradient_4)(const float *dy, float *dx, int images, int height, int width, int channels,
                                int out_height, int out_width, int kernel_height, int kernel_width, int stride_height,
                                int stride_width, int top, int left) {
  const long image = (long)height * width * channels;
  clear(dx, images * image);
  for (int n = 0; n < images; n++, dx += image) {
    for (int oh = 0; oh < out_height; oh++) {
      INSIDE(oh, stride_height, top, kernel_height, height, row, rows);
      for (int ow = 0; ow < out_width; ow++, dy += channels) {
        INSIDE(ow, stride_width, left, kernel_width, width, column, columns);
        const f32x4 share = wasm_f32x4_splat(1.0f / (float)(rows * columns));
        float *first = dx + ((long)row * width + column) * channels;
#define PASS(c, vectors, count)                     \
  UNROLLED for (int v = 0; v < 4 * vectors; v += 4) \
      pass_evenly(first + c + v, mul4(load_left4(dy + c + v, count), share), rows, columns, width * channels, channels, count)
        FOR_CHANNEL_GROUPS(channels, PASS);
#undef PASS
      }
    }
  }
}

// y[n][c] = mean over positions of x [images, positions, channels].
KERNEL(f32_global_avg_pool_4)(const float *x, float *y, int images, int positions, int channels) {
  const f32x4 share = wasm_f32x4_splat(1.0f / (float)positions);
  for (int n = 0; n < images; n++, x += (long)positions * channels, y += channels) {
#define AVERAGE(c, vectors, left)                                                                             \
  UNROLLED for (int v = 0; v < 4 * vectors; v += 4) {                                                         \
    f32x4 sum = zero4();                                                                                      \
    const float *p = x + c + v;                                                                               \
    for (int r = 0; r < positions; r++, p += channels) sum = add4(sum, load_left4(p, left));                  \
    store_left4(y + c + v, mul4(sum, share), left);                                                           \
  }
    FOR_CHANNEL_GROUPS(channels, AVERAGE);
#undef AVERAGE
  }
}

// dx of the same.
KERNEL(f32_global_avg_pool_gradient_4)(const float *dy, float *dx, int images, int positions, int channels) {
  const f32x4 share = wasm_f32x4_splat(1.0f / (float)positions);
  for (int n = 0; n < images; n++, dx += (long)positions * channels, dy += channels) {
#define SPREAD(c, vectors, left)                                                       \
  UNROLLED for (int v = 0; v < 4 * vectors; v += 4) {                                  \
    const f32x4 part = mul4(load_left4(dy + c + v, left), share);                      \
    float *p = dx + c + v;                                                             \
    for (int r = 0; r < positions; r++, p += channels) store_left4(p, part, left);     \
  }
    FOR_CHANNEL_GROUPS(channels, SPREAD);
#undef SPREAD
  }
}

// dx of taking every stride-th row and column.
KERNEL(f32_subsample_gradient_4)(const float *dy, float *dx, int images, int height, int width, int channels,
                                 int stride_height, int stride_width) {
  clear(dx, (long)images * height * width * channels);
  for (int n = 0; n < images; n++) {
    for (int h = 0; h < height; h += stride_height) {
      for (int w = 0; w < width; w += stride_width, dy += channels) {
        float *p = dx + (((long)n * height + h) * width + w) * channels;
#define COPY(c, vectors, left) \
  UNROLLED for (int v = 0; v < 4 * vectors; v += 4) store_left4(p + c + v, load_left4(dy + c + v, left), left)
        FOR_CHANNEL_GROUPS(channels, COPY);
#undef COPY
      }
    }
  }
}
