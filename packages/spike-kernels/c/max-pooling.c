// Maxima over windows, of what values or spikes add up to over the steps: y(t) = max a(t) − max a(t − 1), a(0) = 0. What does not change
// has one step, and there y is the usual maximum.
#include "simd.h"

// The windows of a pooling. Written by src/max-pooling.ts in this order.
struct windows {
  // Pixels of `channels` values, a multiple of 4; pitches are in values.
  int rows, columns, channels, row_pitch, pixel_pitch;
  int height, width, stride_y, stride_x, top, left;
  // The result's pixels are one behind the other.
  int output_rows, output_columns;
};

// What of a window lies in the image, which has at least one of its pixels: padding takes no part in a maximum.
struct window {
  int first, lines, across;
};

INLINE struct window window_at(const struct windows *w, int row, int column) {
  const int y = row * w->stride_y - w->top, x = column * w->stride_x - w->left;
  const int upper = max_int(y, 0), left = max_int(x, 0);
  return (struct window){upper * w->row_pitch + left * w->pixel_pitch, min_int(y + w->height, w->rows) - upper,
                         min_int(x + w->width, w->columns) - left};
}

// A max pooling of numbers.
struct max_pooling {
  struct windows windows;
  // [steps, rows, columns, channels]
  const char *input;
  // [steps, output rows, output columns, channels]
  char *output;
  int steps;
  // Of numbers that change: their sum before the first of these steps, or 0 for none; and after the last, which may stand in the same place.
  // 0 of numbers that do not change, which have one step.
  const char *sums_start;
  char *sums;
  // Scratch memory for one image of the result, where numbers change.
  char *greatest;
};

#define DEFINE_MAX_POOL(format, add, sub, max)                                                                         \
  LEAF void greatest_##format(char *to, const char *from, int row, int lines, int pixel, int across, int channels) {   \
    for (int c = 0; c < channels; c += 4, from += 16, to += 16) {                                                      \
      v128_t greatest = load(from);                                                                                    \
      const char *line = from;                                                                                         \
      for (int i = 0; i < lines; i++, line += 4 * row)                                                                 \
        for (int j = 0; j < across; j++) greatest = max(greatest, load(line + 4 * j * pixel));                         \
      store(to, greatest);                                                                                             \
    }                                                                                                                  \
  }                                                                                                                    \
  static void pool_##format(const struct windows *w, char *to, const char *from) {                                     \
    for (int row = 0; row < w->output_rows; row++) {                                                                   \
      for (int column = 0; column < w->output_columns; column++, to += 4 * w->channels) {                              \
        const struct window at = window_at(w, row, column);                                                            \
        greatest_##format(to, from + 4 * at.first, w->row_pitch, at.lines, w->pixel_pitch, at.across, w->channels);    \
      }                                                                                                                \
    }                                                                                                                  \
  }                                                                                                                    \
  LEAF void sum_##format(char *to, const char *a, const char *b, int count) {                                          \
    for (int i = 0; i < count; i += 4, to += 16, a += 16, b += 16) store(to, add(load(a), load(b)));                   \
  }                                                                                                                    \
  LEAF void difference_##format(char *to, const char *a, const char *b, int count) {                                   \
    for (int i = 0; i < count; i += 4, to += 16, a += 16, b += 16) store(to, sub(load(a), load(b)));                   \
  }                                                                                                                    \
  KERNEL(format##_max_pool)(const struct max_pooling *s) {                                                             \
    const struct windows *w = &s->windows;                                                                             \
    const int size = w->rows * w->columns * w->channels, output = w->output_rows * w->output_columns * w->channels;    \
    if (s->sums == 0) {                                                                                                \
      pool_##format(w, s->output, s->input);                                                                           \
      return;                                                                                                          \
    }                                                                                                                  \
    if (s->sums_start != 0) pool_##format(w, s->greatest, s->sums_start);                                              \
    const char *sums = s->sums_start;                                                                                  \
    for (int t = 0; t < s->steps; t++, sums = s->sums) {                                                               \
      const char *input = s->input + 4 * t * size;                                                                     \
      if (sums == 0)                                                                                                   \
        __builtin_memcpy(s->sums, input, 4 * size);                                                                    \
      else                                                                                                             \
        sum_##format(s->sums, sums, input, size);                                                                      \
      pool_##format(w, s->output + 4 * t * output, s->sums);                                                           \
    }                                                                                                                  \
    for (int t = s->steps - 1; t > 0; t--) {                                                                           \
      char *to = s->output + 4 * t * output;                                                                           \
      difference_##format(to, to, to - 4 * output, output);                                                            \
    }                                                                                                                  \
    if (s->sums_start != 0) difference_##format(s->output, s->output, s->greatest, output);                            \
  }
// One instruction where `max` is eight, which also has NaN win always. No neuron fires at NaN.
DEFINE_MAX_POOL(f32, wasm_f32x4_add, wasm_f32x4_sub, wasm_f32x4_pmax)
DEFINE_MAX_POOL(i32, wasm_i32x4_add, wasm_i32x4_sub, wasm_i32x4_max)

// A max pooling of spikes that are worth the same throughout a channel: what integer counts rise by is a spike again.
struct spike_max_pooling {
  struct windows windows;
  // Spike words, and those of sign −1, or 0: `words` of them for each level. A spike of level k is worth 2ᵏ.
  const uint32_t *spikes, *negative_spikes;
  int levels;
  // [levels, output rows, output columns, channels]; the second only where there are spikes of sign −1.
  uint32_t *output, *negative_output;
  int steps;
  // Spikes of every word so far, those of sign −1 subtracted: int32. Before the first of these steps, or 0 for none; and after the last, or
  // 0 if not wanted. They may stand in the same place.
  const int32_t *counts_start;
  int32_t *counts;
  // Of the spikes of a level; a multiple of 4.
  int words;
};

// How many bits each word has.
INLINE i32x4 count_bits(i32x4 words) {
  return wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(wasm_i8x16_popcnt(words)));
}

// Bits 0 to `steps` − 1.
INLINE uint32_t first_bits(int steps) { return steps == 32 ? ~0u : (1u << steps) - 1; }

// Spikes in four words of each level up to some step.
INLINE i32x4 count_at(const struct spike_max_pooling *s, int at, i32x4 passed, const int is_signed, const int levels) {
  i32x4 count = wasm_i32x4_const_splat(0);
  for (int level = levels - 1; level >= 0; level--) {
    const int of_level = at + level * s->words;
    count = wasm_i32x4_add(wasm_i32x4_add(count, count), count_bits(wasm_v128_and(load(s->spikes + of_level), passed)));
    if (is_signed) count = wasm_i32x4_sub(count, count_bits(wasm_v128_and(load(s->negative_spikes + of_level), passed)));
  }
  return s->counts_start == 0 ? count : wasm_i32x4_add(count, load(s->counts_start + at));
}

// Four channels of one window. Four steps at a time, so that their maxima stay in registers while the window's pixels go by.
INLINE void pool_words(const struct spike_max_pooling *s, int first, int lines, int across, int to, const int is_signed) {
  const int row = s->windows.row_pitch, pixel = s->windows.pixel_pitch, steps = s->steps;
  i32x4 rose = wasm_i32x4_const_splat(0), fell = rose, before = rose;
  if (s->counts_start != 0) {
    before = load(s->counts_start + first);
    for (int i = 0; i < lines; i++)
      for (int j = 0; j < across; j++)
        before = wasm_i32x4_max(before, load(s->counts_start + first + i * row + j * pixel));
  }
  for (int t = 0; t < steps; t += 4) {
    const i32x4 passed = wasm_i32x4_splat((int)first_bits(t));
    i32x4 greatest[4];
    UNROLLED for (int k = 0; k < 4; k++) greatest[k] = wasm_i32x4_const_splat(INT32_MIN);
    for (int i = 0; i < lines; i++) {
      for (int j = 0; j < across; j++) {
        const int at = first + i * row + j * pixel;
        i32x4 count = count_at(s, at, passed, is_signed, 1);
        UNROLLED for (int k = 0; k < 4; k++) {
          // A bit that is set spreads to −1.
          count = wasm_i32x4_sub(count, spread_bit(load(s->spikes + at), t + k));
          if (is_signed) count = wasm_i32x4_add(count, spread_bit(load(s->negative_spikes + at), t + k));
          greatest[k] = wasm_i32x4_max(greatest[k], count);
        }
      }
    }
    UNROLLED for (int k = 0; k < 4; k++) {
      const i32x4 bit = wasm_i32x4_splat((int)(1u << (t + k)));
      rose = wasm_v128_or(rose, wasm_v128_and(bit, wasm_i32x4_gt(greatest[k], before)));
      if (is_signed) fell = wasm_v128_or(fell, wasm_v128_and(bit, wasm_i32x4_gt(before, greatest[k])));
      before = greatest[k];
    }
  }
  // Nothing is said of the bits behind the last step.
  const i32x4 counted = wasm_i32x4_splat((int)first_bits(steps));
  store(s->output + to, wasm_v128_and(rose, counted));
  if (is_signed) store(s->negative_output + to, wasm_v128_and(fell, counted));
}
LEAF void pool_positive(const struct spike_max_pooling *s, int first, int lines, int across, int to) {
  pool_words(s, first, lines, across, to, 0);
}
LEAF void pool_signed(const struct spike_max_pooling *s, int first, int lines, int across, int to) {
  pool_words(s, first, lines, across, to, 1);
}


// The same of spikes of several levels: the maximum moves by as much as they say.
LEAF void pool_levels(const struct spike_max_pooling *s, int first, int lines, int across, int to, const int is_signed) {
  const int row = s->windows.row_pitch, pixel = s->windows.pixel_pitch, levels = s->levels;
  const int size = s->windows.output_rows * s->windows.output_columns * s->windows.channels;
  i32x4 before = wasm_i32x4_const_splat(0);
  for (int t = 0; t <= s->steps; t++) {
    i32x4 greatest = wasm_i32x4_const_splat(INT32_MIN);
    for (int i = 0; i < lines; i++) {
      for (int j = 0; j < across; j++) {
        const int at = first + i * row + j * pixel;
        greatest = wasm_i32x4_max(greatest, count_at(s, at, wasm_i32x4_splat((int)first_bits(t)), is_signed, levels));
      }
    }
    const i32x4 rise = wasm_i32x4_sub(greatest, before), fall = wasm_i32x4_neg(rise);
    before = greatest;
    for (int level = 0, at = to; level < levels; level++, at += size) {
      // No bits yet where no step has passed.
      const i32x4 bit = wasm_i32x4_splat(t == 0 ? 0 : (int)(1u << (t - 1))), none = wasm_i32x4_const_splat(0);
      const i32x4 up = wasm_v128_and(wasm_i32x4_gt(rise, none), spread_bit(rise, level));
      const i32x4 words = t == 0 ? none : load(s->output + at);
      store(s->output + at, wasm_v128_or(words, wasm_v128_and(bit, up)));
      if (!is_signed) continue;
      const i32x4 down = wasm_v128_and(wasm_i32x4_gt(fall, none), spread_bit(fall, level));
      const i32x4 negative = t == 0 ? none : load(s->negative_output + at);
      store(s->negative_output + at, wasm_v128_or(negative, wasm_v128_and(bit, down)));
    }
  }
}

static void count_all(const struct spike_max_pooling *s, const int is_signed) {
  const i32x4 counted = wasm_i32x4_splat((int)first_bits(s->steps));
  for (int at = 0; at < s->words; at += 4) store(s->counts + at, count_at(s, at, counted, is_signed, s->levels));
}

KERNEL(spike_max_pool)(const struct spike_max_pooling *s) {
  const struct windows *w = &s->windows;
  const int is_signed = s->negative_spikes != 0;
  int to = 0;
  for (int row = 0; row < w->output_rows; row++) {
    for (int column = 0; column < w->output_columns; column++) {
      const struct window at = window_at(w, row, column);
      for (int c = 0; c < w->channels; c += 4, to += 4) {
        if (s->levels > 1)
          pool_levels(s, at.first + c, at.lines, at.across, to, is_signed);
        else if (is_signed)
          pool_signed(s, at.first + c, at.lines, at.across, to);
        else
          pool_positive(s, at.first + c, at.lines, at.across, to);
      }
    }
  }
  if (s->counts != 0) count_all(s, is_signed);
}
