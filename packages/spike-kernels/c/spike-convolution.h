// The loop that both formats of the spike convolution share.
#ifndef RHEOBASE_SPIKE_CONVOLUTION_H
#define RHEOBASE_SPIKE_CONVOLUTION_H

#include "events.h"
#include "neurons.h"

// log₂ of how many outputs a panel has.
INLINE int panel_bits(int outputs) { return outputs > 16 ? 5 : outputs > 8 ? 4 : 3; }

// Where the events of an output pixel are: runs of neighbouring columns, each with the weights of its first.
struct sight {
  // [levels, steps, columns + 1]
  uint16_t *const *ends;
  int columns;
  // Columns of the strip from `from` up to `until`, and the kernel column that meets the first.
  int from, until, kernel_column;
};

// What a pixel's kernel columns [j, j + run) see of the strip's columns [first, last).
INLINE struct sight look(const struct spike_convolution *s, int column, int first, int last, int j, int run) {
  const int x = column * s->stride_x - s->left + j * s->dilation_x;
  const int from = min_int(max_int(x, first), last), until = max_int(min_int(x + run, last), from);
  return (struct sight){s->ends, last - first + 1, from - first, until - first, j + from - x};
}

// The part of a window that lies in the grid.
struct inside {
  int top, left;
  // Kernel rows [first_i, last_i) and columns [first_j, last_j).
  int first_i, last_i, first_j, last_j;
};

// How many places, `stride` apart from `start` on, are below `limit`, of `count`.
INLINE int places_below(int limit, int start, int stride, int count) {
  return start >= limit ? 0 : min_int((limit - start + stride - 1) / stride, count);
}

INLINE struct inside look_inside(const struct spike_convolution *s, int row, int column) {
  const int top = row * s->stride_y - s->top, left = column * s->stride_x - s->left;
  return (struct inside){top,
                         left,
                         places_below(0, top, s->dilation_y, s->kernel_height),
                         places_below(s->rows, top, s->dilation_y, s->kernel_height),
                         places_below(0, left, s->dilation_x, s->kernel_width),
                         places_below(s->columns, left, s->dilation_x, s->kernel_width)};
}

// Makes currents, [steps, PANEL], ready for the spikes of the next lower level: none before the highest, and else twice what those above it
// gave. `base` goes on top before the last, and `later` after the first step; or 0.
#define DEFINE_NEXT_LEVEL(format, add)                                                                                 \
  LEAF void next_level_##format(char *currents, const char *base, const char *later, int first, int fours, int steps) { \
    for (int t = 0; t < steps; t++, currents += 4 * PANEL) {                                                           \
      for (int k = 0; k < fours; k++) {                                                                                \
        const v128_t above = first ? zero : load(currents + 16 * k), twice = add(above, above);                        \
        store(currents + 16 * k, base == 0 ? twice : add(twice, load((t == 0 ? base : later) + 16 * k)));              \
      }                                                                                                                \
    }                                                                                                                  \
  }

// `accumulate` adds up the weight rows that a pixel's events meet, 8·`eights` outputs wide, and lets the neurons fire.
#define DEFINE_SPIKE_CONVOLUTION(name, weight_bits, accumulate)                                                        \
  KERNEL(name)(const struct spike_convolution *s, const struct neurons *n) {                                           \
    const int column_rows = s->kernel_height * signs_of(s) * 8 * s->blocks, rows = s->kernel_width * column_rows;      \
    const int shift = panel_bits(s->outputs) + weight_bits, panel = 1 << panel_bits(s->outputs);                       \
    const int size = s->output_rows * s->output_columns * n->channels;                                                 \
    const int reach = (s->kernel_width - 1) * s->dilation_x + 1;                                                       \
    transpose(s);                                                                                                      \
    if (s->tables) {                                                                                                   \
      name##_by_tables(s, n);                                                                                          \
      return;                                                                                                          \
    }                                                                                                                  \
    for (int row = 0; row < s->output_rows; row++) {                                                                   \
      for (int left = 0; left < s->output_columns; left += s->strip) {                                                 \
        const int right = min_int(left + s->strip, s->output_columns);                                                 \
        const int first = max_int(left * s->stride_x - s->left, 0);                                                    \
        const int last = max_int(min_int((right - 1) * s->stride_x - s->left + reach, s->columns), first);             \
        list_columns(s, row, first, last);                                                                             \
        const char *weights = s->weights;                                                                              \
        for (int channel = 0; channel < s->outputs; channel += panel, weights += (rows + 1) << shift) {                \
          const int width = min_int(panel, s->outputs - channel), rest = width & 16;                                   \
          const char *nothing = weights + (rows << shift);                                                             \
          for (int column = left; column < right; column++) {                                                          \
            const int pixel = row * s->output_columns + column;                                                        \
            if (width == 32) {                                                                                         \
              accumulate(s, n, size, pixel, column, first, last, channel, 4, weights, nothing, column_rows, shift);    \
              continue;                                                                                                \
            }                                                                                                          \
            if (rest) accumulate(s, n, size, pixel, column, first, last, channel, 2, weights, nothing, column_rows, shift); \
            if (width & 8)                                                                                             \
              accumulate(s, n, size, pixel, column, first, last, channel + rest, 1, weights + (rest << weight_bits),   \
                         nothing, column_rows, shift);                                                                 \
          }                                                                                                            \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
  }

// The same with tables of sums: `look_up` adds up one row of each.
#define DEFINE_BY_TABLES(name, sum_bits, look_up)                                                                      \
  static void name##_by_tables(const struct spike_convolution *s, const struct neurons *n) {                           \
    const int shift = panel_bits(s->outputs) + sum_bits, panel = 1 << panel_bits(s->outputs);                          \
    const int size = s->output_rows * s->output_columns * n->channels;                                                 \
    const int tables = s->kernel_height * s->kernel_width * signs_of(s) * s->blocks;                                   \
    const char *weights = s->weights;                                                                                  \
    for (int channel = 0; channel < s->outputs; channel += panel, weights += tables << (8 + shift)) {                  \
      const int width = min_int(panel, s->outputs - channel), rest = width & 16;                                       \
      for (int row = 0; row < s->output_rows; row++) {                                                                 \
        for (int column = 0; column < s->output_columns; column++) {                                                   \
          const struct inside in = look_inside(s, row, column);                                                        \
          const int pixel = row * s->output_columns + column;                                                          \
          if (width == 32) {                                                                                           \
            look_up(s, n, size, pixel, in, channel, 4, weights, shift);                                                \
            continue;                                                                                                  \
          }                                                                                                            \
          if (rest) look_up(s, n, size, pixel, in, channel, 2, weights, shift);                                        \
          if (width & 8) look_up(s, n, size, pixel, in, channel + rest, 1, weights + (rest << sum_bits), shift);       \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
  }

#endif
