// The loop that both formats of the spike convolution share.
#ifndef RHEOBASE_SPIKE_CONVOLUTION_H
#define RHEOBASE_SPIKE_CONVOLUTION_H

#include "events.h"
#include "neurons.h"

// Rows of packed weights: one for each place in the window, without the row of zeros.
INLINE int weight_rows(const struct spike_convolution *s) {
  return s->kernel_height * s->kernel_width * (s->negative_spikes == 0 ? 1 : 2) * 8 * s->blocks;
}

// log₂ of how many outputs a panel has.
INLINE int panel_bits(int outputs) { return outputs > 16 ? 5 : outputs > 8 ? 4 : 3; }

// Lists the rows of the grid that an output row sees and that are not listed yet; returns how many rows are.
INLINE int list_rows(const struct spike_convolution *s, int row, int listed) {
  const int first = row * s->stride_y - s->top;
  const int last = min_int(s->rows, first + (s->kernel_height - 1) * s->dilation_y + 1);
  for (listed = max_int(listed, first); listed < last; listed++) list_row(s, listed);
  return listed;
}

// `accumulate` adds up the weight rows of a pixel's merged lists, 8·`eights` outputs wide, and lets the neurons fire.
#define DEFINE_SPIKE_CONVOLUTION(name, weight_bits, accumulate)                                                        \
  KERNEL(name)(const struct spike_convolution *s, const struct neurons *n) {                                           \
    const int rows = weight_rows(s), columns = s->output_columns;                                                      \
    const int shift = panel_bits(s->outputs) + weight_bits, panel = 1 << panel_bits(s->outputs);                       \
    const int pixels = s->output_rows * columns, size = pixels * n->channels;                                          \
    const int lists = s->steps * s->merged_capacity, steps = s->steps;                                                 \
    int listed = 0;                                                                                                    \
    for (int from = 0; from < pixels; from += s->tile) {                                                               \
      const int until = min_int(from + s->tile, pixels);                                                               \
      for (int pixel = from; pixel < until; pixel++) {                                                                 \
        const int row = pixel / columns, column = pixel - row * columns;                                               \
        if (column == 0 || pixel == from) listed = list_rows(s, row, listed);                                          \
        merge_events(s, row, column, shift, rows, s->merged + (pixel - from) * lists,                                  \
                     s->lengths + (pixel - from) * steps);                                                             \
      }                                                                                                                \
      const char *weights = s->weights;                                                                                \
      for (int channel = 0; channel < s->outputs; channel += panel, weights += (rows + 1) << shift) {                  \
        const int width = min_int(panel, s->outputs - channel), rest = width & 16;                                     \
        for (int pixel = from; pixel < until; pixel++) {                                                               \
          const uint32_t *merged = s->merged + (pixel - from) * lists;                                                 \
          const int *lengths = s->lengths + (pixel - from) * steps;                                                    \
          if (width == 32) accumulate(s, n, size, pixel, channel, 4, weights, merged, lengths);                        \
          else {                                                                                                       \
            if (rest) accumulate(s, n, size, pixel, channel, 2, weights, merged, lengths);                             \
            if (width & 8)                                                                                             \
              accumulate(s, n, size, pixel, channel + rest, 1, weights + (rest << weight_bits), merged, lengths);      \
          }                                                                                                            \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
  }

#endif
