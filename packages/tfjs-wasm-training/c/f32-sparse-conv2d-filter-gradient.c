#include "convolution.h"
#include "non-zeros.h"

// The filter gradient of a convolution whose input is mostly zeros: in a strip, the values of each input channel that are not zero are
// listed; then every 16 filters of dy are summed over each list, for up to three neighbouring columns of the kernel at a time.

// Rounds down, whatever the sign.
INLINE int floor_quotient(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

// The part of dy that a strip's rows of x see, [panels, images, rows, columns, 16].
struct window_of_dy {
  int first_row, rows, first_column, columns;
};

INLINE struct window_of_dy window_of(const struct convolution *s, int top, int rows) {
  const int first_row = floor_quotient(top + s->top - (s->kernel_height - 1) * s->dilation_y, s->stride_y);
  const int first_column = floor_quotient(s->left - (s->kernel_width - 1) * s->dilation_x, s->stride_x);
  return (struct window_of_dy){
      first_row,
      floor_quotient(top + rows - 1 + s->top, s->stride_y) - first_row + 1,
      first_column,
      floor_quotient(s->width - 1 + s->left, s->stride_x) - first_column + 1,
  };
}

// Packs 16 filters of an image's dy, zeros around it. To `broken` is added 0 for every finite number, NaN for every other.
SEPARATE void pack_dy(const float *dy, const struct convolution *s, int top, int rows, int results, float *broken,
                      float *to) {
  const struct window_of_dy at = window_of(s, top, rows);
  f32x4 e0 = load4(broken), e1 = load4(broken + 4), e2 = load4(broken + 8), e3 = load4(broken + 12);
  for (int r = at.first_row; r < at.first_row + at.rows; r++) {
    const int inside = r >= 0 && r < s->output_height;
    for (int c = at.first_column; c < at.first_column + at.columns; c++, to += 16) {
      f32x4 v0 = zero4(), v1 = v0, v2 = v0, v3 = v0;
      if (inside && c >= 0 && c < s->output_width) {
        const float *from = dy + (r * s->output_width + c) * s->filters;
        if (results >= 16) {
          v0 = load4(from), v1 = load4(from + 4), v2 = load4(from + 8), v3 = load4(from + 12);
        } else {
          if (results > 0) v0 = results >= 4 ? load4(from) : load_part4(from, results);
          if (results > 4) v1 = results >= 8 ? load4(from + 4) : load_part4(from + 4, results - 4);
          if (results > 8) v2 = results >= 12 ? load4(from + 8) : load_part4(from + 8, results - 8);
          if (results > 12) v3 = load_part4(from + 12, results - 12);
        }
        e0 = add4(e0, sub4(v0, v0)), e1 = add4(e1, sub4(v1, v1));
        e2 = add4(e2, sub4(v2, v2)), e3 = add4(e3, sub4(v3, v3));
      }
      store4(to, v0), store4(to + 4, v1), store4(to + 8, v2), store4(to + 12, v3);
    }
  }
  store4(broken, e0), store4(broken + 4, e1), store4(broken + 8, e2), store4(broken + 12, e3);
}

// Four (or `left` of them) channels of one pixel.
INLINE f32x4 channels_of(const float *pixel, int left) { return left >= 4 ? load4(pixel) : load_part4(pixel, left); }

// Lists four channels (or `left` of them) of a strip of x: of every `stride`-th row and column from (row, column) on, of several images.
// The lists lie `list_pitch` entries apart, their ends go to `ends`. `image_bytes` and `row_bytes`: from an image of packed dy to the
// next, and from a row to the next.
SEPARATE void list_channels(const float *x, const struct convolution *s, int left, int images, int row, int end_row,
                          int column, int first_offset, int image_bytes, int row_bytes, const v128_t *table,
                          struct entry *lists, int list_pitch, int *ends) {
  struct entry *l0 = lists, *l1 = l0 + list_pitch, *l2 = l1 + list_pitch, *l3 = l2 + list_pitch;
  const v128_t next = wasm_i32x4_splat(4 * 64);
  const int step = s->stride_x * s->channels;
  for (int i = 0; i < images; i++) {
    int row_offset = first_offset + i * image_bytes;
    for (int r = row; r < end_row; r += s->stride_y, row_offset += row_bytes) {
      const float *p = x + ((i * s->height + r) * s->width + column) * s->channels;
      v128_t offsets = wasm_i32x4_add(wasm_i32x4_splat(row_offset), wasm_i32x4_const(0, 64, 128, 192));
      for (int c = column; c < s->width; c += 4 * s->stride_x, p += 4 * step) {
        const int pixels = (s->width - c + s->stride_x - 1) / s->stride_x;
        const f32x4 q0 = channels_of(p, left);
        const f32x4 q1 = pixels > 1 ? channels_of(p + step, left) : zero4();
        const f32x4 q2 = pixels > 2 ? channels_of(p + 2 * step, left) : zero4();
        const f32x4 q3 = pixels > 3 ? channels_of(p + 3 * step, left) : zero4();
        const v128_t t0 = wasm_i32x4_shuffle(q0, q1, 0, 4, 1, 5), t1 = wasm_i32x4_shuffle(q2, q3, 0, 4, 1, 5);
        const v128_t t2 = wasm_i32x4_shuffle(q0, q1, 2, 6, 3, 7), t3 = wasm_i32x4_shuffle(q2, q3, 2, 6, 3, 7);
        l0 = append4(l0, wasm_i64x2_shuffle(t0, t1, 0, 2), offsets, table);
        l1 = append4(l1, wasm_i64x2_shuffle(t0, t1, 1, 3), offsets, table);
        l2 = append4(l2, wasm_i64x2_shuffle(t2, t3, 0, 2), offsets, table);
        l3 = append4(l3, wasm_i64x2_shuffle(t2, t3, 1, 3), offsets, table);
        offsets = wasm_i32x4_add(offsets, next);
      }
    }
  }
  ends[0] = l0 - lists;
  ends[1] = l1 - lists - list_pitch;
  ends[2] = l2 - lists - 2 * list_pitch;
  ends[3] = l3 - lists - 3 * list_pitch;
}

#define EACH_VECTOR(M) M(0) M(1) M(2) M(3)

// Adds to the sums of three taps, 16 filters each, what a list gives. `step`: values from dy's place for a tap to that for the tap before.
SEPARATE void sum_three_taps(const struct entry *at, const struct entry *end, const float *dy, int step, float *sums,
                           int back) {
  float *sums_b = sums - back, *sums_c = sums_b - back;
#define BEGIN(i) f32x4 a##i = load4(sums + 4 * i), b##i = load4(sums_b + 4 * i), c##i = load4(sums_c + 4 * i);
  EACH_VECTOR(BEGIN)
#undef BEGIN
  if (step == 16) {
    for (; at != end; at++) {
      const float *d = behind(dy, at->offset);
      const f32x4 v = splat4(&at->value);
      a0 = madd4(v, load4(d), a0);
      a1 = madd4(v, load4(d + 4), a1);
      FENCE(at, 1);
      a2 = madd4(v, load4(d + 8), a2);
      a3 = madd4(v, load4(d + 12), a3);
      FENCE(at, 2);
      b0 = madd4(v, load4(d + 16), b0);
      b1 = madd4(v, load4(d + 20), b1);
      FENCE(at, 3);
      b2 = madd4(v, load4(d + 24), b2);
      b3 = madd4(v, load4(d + 28), b3);
      FENCE(at, 4);
      c0 = madd4(v, load4(d + 32), c0);
      c1 = madd4(v, load4(d + 36), c1);
      FENCE(at, 5);
      c2 = madd4(v, load4(d + 40), c2);
      c3 = madd4(v, load4(d + 44), c3);
    }
  } else {
    for (; at != end; at++) {
      const float *d = behind(dy, at->offset), *e = d + step, *f = e + step;
      const f32x4 v = splat4(&at->value);
#define MADD(i)                            \
  a##i = madd4(v, load4(d + 4 * i), a##i); \
  b##i = madd4(v, load4(e + 4 * i), b##i); \
  c##i = madd4(v, load4(f + 4 * i), c##i);
      EACH_VECTOR(MADD)
#undef MADD
    }
  }
#define END(i)                    \
  store4(sums + 4 * i, a##i);     \
  store4(sums_b + 4 * i, b##i);   \
  store4(sums_c + 4 * i, c##i);
  EACH_VECTOR(END)
#undef END
}

// The same for two pieces of dy and their sums: two taps, or one tap of 32 filters.
SEPARATE void sum_two(const struct entry *at, const struct entry *end, const float *dy_a, const float *dy_b,
                    float *sums_a, float *sums_b) {
#define BEGIN(i) f32x4 a##i = load4(sums_a + 4 * i), b##i = load4(sums_b + 4 * i);
  EACH_VECTOR(BEGIN)
#undef BEGIN
  for (; at != end; at++) {
    const float *d = behind(dy_a, at->offset), *e = behind(dy_b, at->offset);
    const f32x4 v = splat4(&at->value);
#define MADD(i) a##i = madd4(v, load4(d + 4 * i), a##i);
    EACH_VECTOR(MADD)
#undef MADD
    FENCE(at, 1);
#define MADD(i) b##i = madd4(v, load4(e + 4 * i), b##i);
    EACH_VECTOR(MADD)
#undef MADD
  }
#define END(i)                  \
  store4(sums_a + 4 * i, a##i); \
  store4(sums_b + 4 * i, b##i);
  EACH_VECTOR(END)
#undef END
}

SEPARATE void sum_one(const struct entry *at, const struct entry *end, const float *dy, float *sums) {
#define BEGIN(i) f32x4 a##i = load4(sums + 4 * i);
  EACH_VECTOR(BEGIN)
#undef BEGIN
  for (; at != end; at++) {
    const float *d = behind(dy, at->offset);
    const f32x4 v = splat4(&at->value);
#define MADD(i) a##i = madd4(v, load4(d + 4 * i), a##i);
    EACH_VECTOR(MADD)
#undef MADD
  }
#define END(i) store4(sums + 4 * i, a##i);
  EACH_VECTOR(END)
#undef END
}

// dw of y = conv(x, w), where most of x is 0. x is [N, H, W, C], dy [N, H′, W′, F], dw [kH, kW, C/groups, F]. Strips are `strip_rows` input
// rows of `strip_images` images. A number in dy that is not finite makes NaN of all sums of its filter, as in a sum of all products.
KERNEL(f32_sparse_conv2d_filter_gradient_nhwc_16)(const struct convolution *s, const float *x, const float *dy,
                                                  float *dw, float *scratch) {
  const int channels = s->channels / s->groups, filters = s->filters / s->groups;
  const int panels = (filters + 15) / 16, taps = s->kernel_height * s->kernel_width;
  // Rounding down costs a row and a column at most.
  const int most_rows = (s->strip_rows - 1 + (s->kernel_height - 1) * s->dilation_y) / s->stride_y + 2;
  const int columns = window_of(s, 0, 1).columns;
  const int list_pitch = s->strip_images * s->strip_rows * ((s->width + 3) / 4 * 4) + LIST_SLACK;
  const int fours = (channels + 3) / 4;
  const int panel_pitch = s->strip_images * most_rows * columns * 16;
  v128_t *table = (v128_t *)scratch;
  float *sums = scratch + COMPACTION_TABLE;
  float *broken = sums + panels * channels * taps * 16;
  int *ends = (int *)(broken + 16 * panels);
  struct entry *lists = (struct entry *)(ends + 4 * fours);
  float *packed = (float *)(lists + 4 * fours * list_pitch);
  write_compaction_table(table);
  for (int g = 0; g < s->groups; g++) {
    for (float *to = sums; to < broken + 16 * panels; to += 4) store4(to, zero4());
    for (int first = 0; first < s->count; first += s->strip_images) {
      const int images = min_int(s->strip_images, s->count - first);
      for (int top = 0; top < s->height; top += s->strip_rows) {
        const int rows = min_int(s->strip_rows, s->height - top);
        const struct window_of_dy at = window_of(s, top, rows);
        const int image_size = at.rows * at.columns * 16, row_size = at.columns * 16;
        for (int n = 0; n < panels; n++)
          for (int i = 0; i < images; i++)
            pack_dy(dy + (first + i) * s->output_height * s->output_width * s->filters + g * filters + 16 * n, s, top, rows,
                    filters - 16 * n, broken + 16 * n, packed + n * panel_pitch + i * image_size);
        // Values of x whose padded row and column leave the same rests are seen by the same taps.
        for (int ry = 0; ry < s->stride_y; ry++) {
          // The first row of the strip with that rest.
          const int row = top + ((ry - top - s->top) % s->stride_y + s->stride_y) % s->stride_y;
          if (row >= top + rows) continue;
          for (int rx = 0; rx < s->stride_x; rx++) {
            const int column = ((rx - s->left) % s->stride_x + s->stride_x) % s->stride_x;
            if (column >= s->width) continue;
            const int offset = (((row + s->top - ry) / s->stride_y - at.first_row) * row_size +
                                ((column + s->left - rx) / s->stride_x - at.first_column) * 16) * 4;
            for (int c = 0; c < channels; c += 4) {
              list_channels(x + first * s->height * s->width * s->channels + g * channels + c, s, channels - c, images,
                            row, top + rows, column, offset, image_size * 4, row_size * 4, table,
                            lists + c * list_pitch, list_pitch, ends + c);
            }
            // Among the columns of the kernel that see this phase, one in `tap_step`; dy's places for them are `step` apart.
            int kx_first = -1, tap_step = 0, phase_taps = 0;
            for (int kx = 0; kx < s->kernel_width; kx++) {
              if ((rx - kx * s->dilation_x) % s->stride_x != 0) continue;
              if (phase_taps == 1) tap_step = kx - kx_first;
              if (phase_taps == 0) kx_first = kx;
              phase_taps++;
            }
            const int step = tap_step * s->dilation_x / s->stride_x * 16;
            for (int n = 0; n < panels; n++) {
              for (int c = 0; c < channels; c++) {
                const struct entry *list = lists + c * list_pitch, *end = list + ends[c];
                if (list == end) continue;
                for (int ky = 0; ky < s->kernel_height; ky++) {
                  if ((ry - ky * s->dilation_y) % s->stride_y != 0) continue;
                  const float *from = packed + n * panel_pitch + (ry - ky * s->dilation_y) / s->stride_y * row_size;
                  float *own = sums + ((n * channels + c) * s->kernel_height + ky) * s->kernel_width * 16;
                  // From the last tap to the first, so that dy's places ascend.
                  for (int left = phase_taps; left > 0;) {
                    const int kx = kx_first + (left - 1) * tap_step;
                    const float *d = from + (rx - kx * s->dilation_x) / s->stride_x * 16;
                    if (left >= 3) {
                      sum_three_taps(list, end, d, step, own + kx * 16, tap_step * 16);
                      left -= 3;
                    } else if (left == 2) {
                      sum_two(list, end, d, d + step, own + kx * 16, own + (kx - tap_step) * 16);
                      left = 0;
                    } else {
                      // Sums of 16 filters alone would wait for each other: every even panel takes the next one along.
                      if (n % 2 == 0 && n + 1 < panels) {
                        sum_two(list, end, d, d + panel_pitch, own + kx * 16, own + (kx + channels * taps) * 16);
                      } else if (n % 2 == 0) {
                        sum_one(list, end, d, own + kx * 16);
                      }
                      left = 0;
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    const float *from = sums;
    for (int n = 0; n < panels; n++)
      for (int c = 0; c < channels; c++)
        for (int tap = 0; tap < taps; tap++, from += 16)
          for (int j = 0; j < min_int(16, filters - 16 * n); j++)
            dw[(tap * channels + c) * s->filters + g * filters + 16 * n + j] = from[j] + broken[16 * n + j];
  }
}
