#include "convolution.h"
#include "non-zeros.h"

// A convolution whose input is mostly zeros: only the other values cost anything. They are listed once for each input row; the lists of the
// rows that a result row sees are merged column by column; then every 16 filters sweep over that list.

// What is laid out in the scratch memory, in this order, all sizes in 4 bytes. src/native/sparse-strips.ts computes the same sum.
struct plan {
  int channels, filters, panels;
  // Channels at a time: the weights of a panel for them are to stay in the first-level cache.
  int block, blocks;
  // Whether three neighbouring results are summed at a time, or one.
  int three_wide;
  // Padded columns that are seen, and input rows that are listed at a time.
  int columns, slots;
  // Bytes from a channel's weights to the next one's, from a kernel row to the next, and from a column to the next.
  int channel_bytes, row_bytes, column_bytes;
  int row_list, merged_list;
};

// Padded columns that a row of results sees.
INLINE int seen_columns(const struct convolution *s) {
  return (s->output_width - 1) * s->stride_x + (s->kernel_width - 1) * s->dilation_x + 1;
}

INLINE struct plan plan_of(const struct convolution *s, int block) {
  const int channels = s->channels / s->groups, filters = s->filters / s->groups;
  const int three_wide = s->kernel_width == 3 && s->stride_x == 1 && s->dilation_x == 1;
  const int columns = seen_columns(s);
  const int reach = (s->kernel_height - 1) * s->dilation_y + 1;
  const int channel_bytes = three_wide ? 192 : 64;
  return (struct plan){
      channels,
      filters,
      (filters + 15) / 16,
      block,
      (channels + block - 1) / block,
      three_wide,
      columns,
      (s->strip_rows - 1) * s->stride_y + reach,
      channel_bytes,
      block * channel_bytes,
      three_wide ? 0 : s->kernel_height * block * channel_bytes,
      2 * (s->width * block + LIST_SLACK),
      2 * (columns * s->kernel_height * block + LIST_SLACK),
  };
}

// Weights of a group, [kH, kW, channels, filters] inside [kH, kW, channels, all filters], to [blocks, panels, kH, block, kW, 16], or
// [blocks, panels, kW, kH, block, 16] where results are summed one at a time; places that have no weight are 0. In front of
// them [panels, 16] biases, to which is added 0 for every weight that is a finite number and NaN for every other: in a sum of all
// products such a weight spoils every result.
SEPARATE void pack_sparse_weights(const float *w, const float *bias, const struct convolution *s, int block, float *to) {
  const struct plan p = plan_of(s, block);
  float *biases = to;
  for (int n = 0; n < 16 * p.panels; n++) biases[n] = bias != 0 && n < p.filters ? bias[n] : 0.0f;
  to += 16 * p.panels;
  const int taps = s->kernel_height * s->kernel_width;
  for (int b = 0; b < p.blocks; b++) {
    for (int n = 0; n < p.panels; n++, to += taps * p.block * 16) {
      const int results = min_int(16, p.filters - 16 * n);
      for (int ky = 0; ky < s->kernel_height; ky++) {
        for (int kx = 0; kx < s->kernel_width; kx++) {
          for (int c = 0; c < p.block; c++) {
            const int channel = b * p.block + c;
            const int place = p.three_wide ? (ky * p.block + c) * 3 + kx : (kx * s->kernel_height + ky) * p.block + c;
            const float *from = w + ((ky * s->kernel_width + kx) * p.channels + channel) * s->filters + 16 * n;
            float *panel = to + place * 16;
            for (int j = 0; j < 16; j++) {
              const float weight = channel < p.channels && j < results ? from[j] : 0.0f;
              panel[j] = weight;
              biases[16 * n + j] += weight - weight;
            }
          }
        }
      }
    }
  }
}

// Lists a row of an image: `starts` is where each column's entries begin in it, and where the last one's end. Their offsets are those of
// the channel.
SEPARATE void list_row(const float *row, int width, int pixel_pitch, int channels, int channel_bytes,
                     const v128_t *table, int *starts, struct entry *list) {
  const v128_t next = wasm_i32x4_splat(4 * channel_bytes);
  const v128_t first = wasm_i32x4_make(0, channel_bytes, 2 * channel_bytes, 3 * channel_bytes);
  struct entry *end = list;
  for (int x = 0; x < width; x++, row += pixel_pitch) {
    starts[x] = end - list;
    v128_t offsets = first;
    int c = 0;
    for (; c + 4 <= channels; c += 4) {
      end = append4(end, load4(row + c), offsets, table);
      offsets = wasm_i32x4_add(offsets, next);
    }
    if (c < channels) end = append4(end, load_part4(row + c, channels - c), offsets, table);
  }
  starts[width] = end - list;
}

// Three results at a time: each entry adds to those that see it with the kernel's last, middle and first column. The results are
// 16 filters of `columns` pixels.
SEPARATE void sweep_three_wide(const int *starts, const struct entry *list, const float *weights, const float *begin,
                             int begin_pitch, float *y, int pitch, int columns) {
#define EACH_VECTOR(M) M(0) M(1) M(2) M(3)
#define DECLARE(i) f32x4 a##i = zero4(), b##i = zero4(), c##i = zero4();
  EACH_VECTOR(DECLARE)
#undef DECLARE
  const struct entry *at = list;
  for (int x = 0; x < columns + 2; x++) {
    const float *own = begin + min_int(x, columns - 1) * begin_pitch;
#define BEGIN(i)       \
  a##i = b##i;         \
  b##i = c##i;         \
  c##i = load4(own + 4 * i);
    EACH_VECTOR(BEGIN)
#undef BEGIN
    for (const struct entry *end = list + starts[x + 1]; at != end; at++) {
      const float *w = behind(weights, at->offset);
      const f32x4 v = splat4(&at->value);
      c0 = madd4(v, load4(w), c0);
      c1 = madd4(v, load4(w + 4), c1);
      FENCE(at, 1);
      c2 = madd4(v, load4(w + 8), c2);
      c3 = madd4(v, load4(w + 12), c3);
      FENCE(at, 2);
      b0 = madd4(v, load4(w + 16), b0);
      b1 = madd4(v, load4(w + 20), b1);
      FENCE(at, 3);
      b2 = madd4(v, load4(w + 24), b2);
      b3 = madd4(v, load4(w + 28), b3);
      FENCE(at, 4);
      a0 = madd4(v, load4(w + 32), a0);
      a1 = madd4(v, load4(w + 36), a1);
      FENCE(at, 5);
      a2 = madd4(v, load4(w + 40), a2);
      a3 = madd4(v, load4(w + 44), a3);
    }
    if (x < 2) continue;
    float *to = y + (x - 2) * pitch;
#define STORE(i) store4(to + 4 * i, a##i);
    EACH_VECTOR(STORE)
#undef STORE
  }
}

// Where a padded column stands in a list: columns that the same results see are neighbours there.
INLINE int place_of(int column, int dilation, int columns) {
  if (dilation == 1) return column;
  const int class = column % dilation;
  return class * (columns / dilation) + min_int(class, columns % dilation) + column / dilation;
}

// One result at a time, of 16 filters, or of 32 where `panel_pitch` is not 0: the values from one panel of weights to the next.
INLINE void sweep_one_wide(const struct convolution *s, int column_bytes, const int *starts, const struct entry *list,
                           const float *weights, int panel_pitch, const float *begin, int begin_pitch, float *y,
                           int pitch) {
  const int columns = s->output_width, kernel_width = s->kernel_width, stride = s->stride_x, dilation = s->dilation_x;
  const int seen = seen_columns(s);
  for (int x = 0; x < columns; x++) {
    const int place = place_of(x * stride, dilation, seen);
    const float *own = begin + x * begin_pitch;
    const float *base = behind(weights, -place * column_bytes);
#define BEGIN(i)                     \
  f32x4 a##i = load4(own + 4 * i);   \
  f32x4 b##i = panel_pitch != 0 ? load4(own + 16 + 4 * i) : zero4();
    EACH_VECTOR(BEGIN)
#undef BEGIN
    const struct entry *end = list + starts[place + kernel_width];
    for (const struct entry *at = list + starts[place]; at != end; at++) {
      const float *w = behind(base, at->offset);
      const f32x4 v = splat4(&at->value);
#define MADD(i) a##i = madd4(v, load4(w + 4 * i), a##i);
      EACH_VECTOR(MADD)
#undef MADD
      if (panel_pitch == 0) continue;
      FENCE(at, 1);
#define MADD(i) b##i = madd4(v, load4(w + panel_pitch + 4 * i), b##i);
      EACH_VECTOR(MADD)
#undef MADD
    }
    float *to = y + x * pitch;
#define STORE(i)              \
  store4(to + 4 * i, a##i);   \
  if (panel_pitch != 0) store4(to + 16 + 4 * i, b##i);
    EACH_VECTOR(STORE)
#undef STORE
  }
}

SEPARATE void sweep_16(const struct convolution *s, int column_bytes, const int *starts, const struct entry *list,
                       const float *weights, const float *begin, int begin_pitch, float *y, int pitch) {
  sweep_one_wide(s, column_bytes, starts, list, weights, 0, begin, begin_pitch, y, pitch);
}
SEPARATE void sweep_32(const struct convolution *s, int column_bytes, const int *starts, const struct entry *list,
                       const float *weights, int panel_pitch, const float *begin, int begin_pitch, float *y, int pitch) {
  sweep_one_wide(s, column_bytes, starts, list, weights, panel_pitch, begin, begin_pitch, y, pitch);
}

// The first `results` values of each pixel of a row, from one pitch to another.
SEPARATE void copy_pixels(const float *from, int from_pitch, float *to, int to_pitch, int columns, int results) {
  for (int x = 0; x < columns; x++)
    for (int j = 0; j < results; j++) to[x * to_pitch + j] = from[x * from_pitch + j];
}

// A listed input row, as a row of results sees it.
struct seen_row {
  const int *starts;
  const struct entry *list;
  int more;
};
enum { SEEN_ROW = sizeof(struct seen_row) / 4 };

// Merges the lists of `count` input rows column by column.
SEPARATE void merge_rows(const struct convolution *s, const struct seen_row *rows, int count, int column_bytes,
                         int *starts, struct entry *list) {
  const int columns = seen_columns(s);
  struct entry *end = list;
  int place = 0;
  for (int class = 0; class < s->dilation_x; class++) {
    for (int column = class; column < columns; column += s->dilation_x, place++) {
      starts[place] = end - list;
      const int x = column - s->left;
      if (x < 0 || x >= s->width) continue;
      for (int k = 0; k < count; k++) {
        const int *own = rows[k].starts + x;
        end = append_list(end, rows[k].list + own[0], own[1] - own[0], rows[k].more + place * column_bytes);
      }
    }
  }
  starts[place] = end - list;
}

// y = conv(x, w) + bias, where most of x is 0. x is [N, H, W, C], w [kH, kW, C/groups, F], bias [F] or none, y [N, H′, W′, F].
// `block`: channels at a time.
KERNEL(f32_sparse_conv2d_nhwc_16)(const struct convolution *s, const float *x, const float *w, const float *bias,
                                  float *y, float *scratch, int block) {
  const struct plan p = plan_of(s, block);
  const int taps = s->kernel_height * s->kernel_width;
  const int panel_size = taps * block * 16;
  v128_t *table = (v128_t *)scratch;
  float *biases = scratch + COMPACTION_TABLE;
  float *weights = biases + 16 * p.panels;
  int *tags = (int *)(weights + p.blocks * p.panels * panel_size);
  struct seen_row *seen_rows = (struct seen_row *)(tags + p.slots);
  int *row_starts = (int *)(seen_rows + s->kernel_height);
  struct entry *row_lists = (struct entry *)(row_starts + p.slots * (s->width + 1));
  int *starts = (int *)row_lists + p.slots * p.row_list;
  struct entry *lists = (struct entry *)(starts + s->strip_rows * (p.columns + 1));
  float *buffer = (float *)lists + s->strip_rows * p.merged_list;
  write_compaction_table(table);
  for (int g = 0; g < s->groups; g++) {
    pack_sparse_weights(w + g * p.filters, bias == 0 ? 0 : bias + g * p.filters, s, block, biases);
    for (int i = 0; i < s->count; i++) {
      for (int b = 0; b < p.blocks; b++) {
        const int channels = min_int(block, p.channels - b * block);
        const float *image = x + i * s->height * s->width * s->channels + g * p.channels + b * block;
        for (int slot = 0; slot < p.slots; slot++) tags[slot] = -1;
        for (int top = 0; top < s->output_height; top += s->strip_rows) {
          const int rows = min_int(s->strip_rows, s->output_height - top);
          for (int r = 0; r < rows; r++) {
            int seen = 0;
            for (int ky = 0; ky < s->kernel_height; ky++) {
              const int row = (top + r) * s->stride_y - s->top + ky * s->dilation_y;
              if (row < 0 || row >= s->height) continue;
              const int slot = row % p.slots;
              int *own_starts = row_starts + slot * (s->width + 1);
              struct entry *list = row_lists + slot * (p.row_list / 2);
              if (tags[slot] != row) {
                tags[slot] = row;
                list_row(image + row * s->width * s->channels, s->width, s->channels, channels, p.channel_bytes, table,
                         own_starts, list);
              }
              seen_rows[seen++] = (struct seen_row){own_starts, list, ky * p.row_bytes};
            }
            merge_rows(s, seen_rows, seen, p.column_bytes, starts + r * (p.columns + 1), lists + r * (p.merged_list / 2));
          }
          for (int n = 0; n < p.panels;) {
            const float *panel = weights + (b * p.panels + n) * panel_size;
            const int two = !p.three_wide && p.filters - 16 * n >= 32;
            const int results = min_int(two ? 32 : 16, p.filters - 16 * n);
            for (int r = 0; r < rows; r++) {
              const int *own_starts = starts + r * (p.columns + 1);
              const struct entry *list = lists + r * (p.merged_list / 2);
              float *out = y + ((i * s->output_height + top + r) * s->output_width) * s->filters + g * p.filters + 16 * n;
              const int whole = results >= 16;
              float *to = whole ? out : buffer;
              const int pitch = whole ? s->filters : 16;
              if (!whole && b > 0) copy_pixels(out, s->filters, buffer, 16, s->output_width, results);
              const float *begin = b == 0 ? biases + 16 * n : to;
              const int begin_pitch = b == 0 ? 0 : pitch;
              if (p.three_wide) {
                sweep_three_wide(own_starts, list, panel, begin, begin_pitch, to, pitch, s->output_width);
              } else if (two) {
                sweep_32(s, p.column_bytes, own_starts, list, panel, panel_size, begin, begin_pitch, to, pitch);
              } else {
                sweep_16(s, p.column_bytes, own_starts, list, panel, begin, begin_pitch, to, pitch);
              }
              if (!whole) copy_pixels(buffer, 16, out, s->filters, s->output_width, results);
            }
            n += two ? 2 : 1;
          }
        }
      }
    }
  }
}

// How many of every `step`-th 16 of `count` values are not zero.
KERNEL(f32_count_non_zeros)(const float *x, int count, int step, int *result) {
  v128_t found = wasm_i32x4_splat(0);
  for (int k = 0; k + 16 <= count; k += step)
    for (int j = 0; j < 16; j += 4) found = wasm_i32x4_sub(found, wasm_f32x4_ne(load4(x + k + j), zero4()));
  *result = wasm_i32x4_extract_lane(found, 0) + wasm_i32x4_extract_lane(found, 1) +
            wasm_i32x4_extract_lane(found, 2) + wasm_i32x4_extract_lane(found, 3);
}

// The filter by which the input gradient of a convolution without stride is a convolution of dy: turned round, its channels and filters
// swapped. w is [kH, kW, C/groups, F], `turned` [kH, kW, F/groups, C].
KERNEL(f32_turned_filter)(const float *w, int taps, int channels, int filters, int groups, float *turned) {
  const int own_channels = channels / groups, own_filters = filters / groups;
  for (int tap = 0; tap < taps; tap++) {
    const float *from = w + (taps - 1 - tap) * own_channels * filters;
    for (int f = 0; f < own_filters; f++)
      for (int g = 0; g < groups; g++)
        for (int c = 0; c < own_channels; c++) *turned++ = from[c * filters + g * own_filters + f];
  }
}
