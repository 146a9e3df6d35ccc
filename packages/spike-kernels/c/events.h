// Event lists: where a kernel meets a spike, and where not even silence costs anything.
#ifndef RHEOBASE_EVENTS_H
#define RHEOBASE_EVENTS_H

#include "simd.h"

// A convolution of spikes. Written by src/spike-convolution.ts in this order.
struct spike_convolution {
  // Spike words, [source rows, source columns, source pitch], and those of sign −1, or 0.
  const uint32_t *spikes, *negative_spikes;
  int source_rows, source_columns, source_pitch;
  // Channels that are read: 8·blocks of them from the first.
  int first_channel, blocks;
  // The grid that the convolution slides over. Each of its pixels holds the spikes of a window of the source's: the sum of a
  // pooling, or one pixel of a subsampling.
  int rows, columns;
  int window_height, window_width, window_stride_y, window_stride_x, window_top, window_left;
  int kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x, top, left;
  int output_rows, output_columns;
  int steps;
  // Packed weights in panels of 32 output channels (16 or 8 if there are no more): a row for each (kernel row, kernel column,
  // sign, channel), and a row of zeros.
  const char *weights;
  // Output channels, a multiple of 8, from the first.
  int first_output, outputs;
  // Scratch memory. Lists of `ring` rows of the grid: [ring, steps, list capacity], and where the events of each column begin and
  // end: [ring, steps, columns + 1].
  uint16_t *lists;
  int list_capacity;
  uint16_t **ends;
  int ring;
  // Output pixels whose lists are merged before the first panel of weights is read. Merged lists: [tile, steps, merged capacity],
  // with their lengths [tile, steps].
  int tile;
  uint32_t *merged;
  int merged_capacity;
  int *lengths;
  // 256 × 8 channels: those of a byte's bits, in order.
  const uint16_t *bits;
  // Currents of one output pixel: [steps, PANEL].
  char *currents;
};

// Appends the channels of the bits of a byte. Writes eight entries, of which only so many count.
INLINE uint16_t *append_events(uint16_t *to, int mask, int channel, const uint16_t *bits) {
  store(to, wasm_i16x8_add(load(bits + 8 * mask), wasm_i16x8_splat((short)channel)));
  return to + __builtin_popcount(mask);
}

// Appends the channels, from `first` on, of those words in which bit 31 − shift is set.
INLINE uint16_t *append_words(uint16_t *to, const uint32_t *words, int channels, int shift, int first,
                              const uint16_t *bits) {
  int c = 0;
  for (; c + 16 <= channels; c += 16) {
    const i16x8 low = wasm_i16x8_narrow_i32x4(wasm_i32x4_shl(load(words + c), shift), wasm_i32x4_shl(load(words + c + 4), shift));
    const i16x8 high =
        wasm_i16x8_narrow_i32x4(wasm_i32x4_shl(load(words + c + 8), shift), wasm_i32x4_shl(load(words + c + 12), shift));
    const int mask = wasm_i8x16_bitmask(wasm_i8x16_narrow_i16x8(low, high));
    to = append_events(to, mask & 255, first + c, bits);
    to = append_events(to, mask >> 8, first + c + 8, bits);
  }
  if (c < channels) {
    const i32x4 low = wasm_i32x4_shl(load(words + c), shift), high = wasm_i32x4_shl(load(words + c + 4), shift);
    to = append_events(to, wasm_i32x4_bitmask(low) | wasm_i32x4_bitmask(high) << 4, first + c, bits);
  }
  return to;
}

// Lists the events of one row of the grid, for every step. An event is (column · signs + sign) · channels + channel, modulo 2¹⁶.
static void list_row(const struct spike_convolution *s, int row) {
  const int slot = row % s->ring;
  const int columns = s->columns, steps = s->steps, channels = 8 * s->blocks;
  const uint32_t *const spikes = s->spikes + s->first_channel;
  const uint32_t *const negative = s->negative_spikes == 0 ? 0 : s->negative_spikes + s->first_channel;
  const int signs = negative == 0 ? 1 : 2;
  const uint16_t *const bits = s->bits;
  const int source_columns = s->source_columns, pitch = s->source_pitch;
  const int top = row * s->window_stride_y - s->window_top;
  const int first_y = max_int(top, 0), last_y = min_int(top + s->window_height, s->source_rows);
  const int window_width = s->window_width, stride = s->window_stride_x, left = s->window_left;
  for (int t = 0; t < steps; t++) {
    uint16_t *to = s->lists + (slot * steps + t) * s->list_capacity;
    uint16_t **ends = s->ends + (slot * steps + t) * (columns + 1);
    ends[0] = to;
    for (int x = 0; x < columns; x++) {
      const int first_x = max_int(x * stride - left, 0);
      const int last_x = min_int(x * stride - left + window_width, source_columns);
      for (int sign = 0; sign < signs; sign++) {
        const uint32_t *source = sign == 0 ? spikes : negative;
        for (int i = first_y; i < last_y; i++)
          for (int j = first_x; j < last_x; j++)
            to = append_words(to, source + (i * source_columns + j) * pitch, channels, 31 - t,
                              (x * signs + sign) * channels, bits);
      }
      ends[x + 1] = to;
    }
  }
}

// Merges what one output pixel sees, for every step, into a list of byte offsets into a panel whose rows have 2^shift bytes. Lengths
// are multiples of 2: a last event without a partner gets the row of zeros.
INLINE void merge_events(const struct spike_convolution *s, int row, int column, int shift, int rows, uint32_t *merged,
                         int *lengths) {
  const int pixel = 8 * s->blocks * (s->negative_spikes == 0 ? 1 : 2);
  const int y0 = row * s->stride_y - s->top, x0 = column * s->stride_x - s->left;
  // Without dilation the columns of a kernel row are neighbours in the list.
  const int runs = s->dilation_x == 1 ? 1 : s->kernel_width, run = s->dilation_x == 1 ? s->kernel_width : 1;
  const int kernel_height = s->kernel_height, kernel_width = s->kernel_width;
  const int dilation_y = s->dilation_y, dilation_x = s->dilation_x, grid_rows = s->rows, columns = s->columns;
  const int ring = s->ring, steps = s->steps, capacity = s->merged_capacity;
  uint16_t *const *const all_ends = s->ends;
  for (int t = 0; t < steps; t++) lengths[t] = 0;
  for (int i = 0; i < kernel_height; i++) {
    const int y = y0 + i * dilation_y;
    if (y < 0 || y >= grid_rows) continue;
    for (int j = 0; j < runs; j++) {
      const int x = x0 + j * dilation_x;
      const int from = max_int(x, 0), until = min_int(x + run, columns);
      if (from >= until) continue;
      const u16x8 back = wasm_i16x8_splat((short)(x * pixel));
      const i32x4 base = wasm_i32x4_splat((i * kernel_width + j) * pixel << shift);
      uint16_t *const *ends = all_ends + (y % ring) * steps * (columns + 1);
      for (int t = 0; t < steps; t++, ends += columns + 1) {
        const uint16_t *p = ends[from], *end = ends[until];
        uint32_t *to = merged + t * capacity + lengths[t];
        lengths[t] += end - p;
        do {
          const u16x8 place = wasm_i16x8_sub(load(p), back);
          store(to, wasm_i32x4_add(wasm_i32x4_shl(wasm_u32x4_extend_low_u16x8(place), shift), base));
          store(to + 4, wasm_i32x4_add(wasm_i32x4_shl(wasm_u32x4_extend_high_u16x8(place), shift), base));
          p += 8;
          to += 8;
        } while (p < end);
      }
    }
  }
  for (int t = 0; t < steps; t++) {
    merged[t * capacity + lengths[t]] = (uint32_t)rows << shift;
    lengths[t] = (lengths[t] + 1) & ~1;
  }
}

#endif
