// Event lists: which rows of weights the spikes of a step meet.
#ifndef RHEOBASE_EVENTS_H
#define RHEOBASE_EVENTS_H

#include "simd.h"

// A convolution of spikes. Written by src/spike-convolution.ts in this order.
struct spike_convolution {
  // Spike words, [levels, source rows, source columns, source pitch], and those of sign −1, or 0. A spike of level k is worth 2ᵏ.
  const uint32_t *spikes, *negative_spikes;
  int levels;
  int source_rows, source_columns, source_pitch;
  // Channels that are read: 8·blocks of them from the first.
  int first_channel, blocks;
  // The grid that the convolution slides over. Each of its pixels holds the spikes of a window of the source's: the sum of a
  // pooling, or one pixel of a subsampling.
  int rows, columns;
  int window_height, window_width, window_stride_y, window_stride_x, window_top, window_left;
  // Whether every pixel of the grid is one of the source's: no sum, and none in the padding.
  int selects;
  int kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x, top, left;
  int output_rows, output_columns;
  int steps;
  // Packed weights in panels of 32 output channels (16 or 8 if there are no more): a row for each (kernel column, kernel row, sign,
  // channel), and a row of zeros. Or `tables` of sums: a row for each (kernel row, kernel column, sign, block, byte), the sum of the
  // weights of those of the block's channels whose bits the byte has; of int8 weights, sums of 16 bits.
  const char *weights;
  int tables;
  // Output channels, a multiple of 8, from the first.
  int first_output, outputs;
  // Output columns that are computed from one set of lists: few enough that 16 bits count all that their columns hold.
  int strip;
  // Whether every kernel column is a run of its own: columns are no neighbours (dilation), or all together too many for 16 bits.
  int separate;
  // Scratch memory. Bits of channels instead of steps: [signs, levels, steps, source rows, source columns, blocks].
  uint8_t *masks;
  // Lists of a strip, [levels, steps, list capacity], and where the events of each of its columns begin and end: [levels, steps,
  // columns + 1].
  uint16_t *lists;
  int list_capacity;
  uint16_t **ends;
  // Currents of one output pixel: [steps, PANEL].
  char *currents;
  // 256 × 8 channels: those of a byte's bits, in order.
  const uint16_t *bits;
};

INLINE int signs_of(const struct spike_convolution *s) { return s->negative_spikes == 0 ? 1 : 2; }

// Turns the words of some pixels, whose bits are steps, into bytes whose bits are channels, for one step.
LEAF void transpose_words(uint8_t *to, const uint32_t *words, int pixels, int pitch, int blocks, int shift) {
  for (int pixel = 0; pixel < pixels; pixel++, words += pitch) {
    const uint32_t *from = words;
    int b = blocks;
    for (; b >= 2; b -= 2, from += 16, to += 2) {
      const i16x8 low = wasm_i16x8_narrow_i32x4(wasm_i32x4_shl(load(from), shift), wasm_i32x4_shl(load(from + 4), shift));
      const i16x8 high =
          wasm_i16x8_narrow_i32x4(wasm_i32x4_shl(load(from + 8), shift), wasm_i32x4_shl(load(from + 12), shift));
      *(uint16_t *)to = (uint16_t)wasm_i8x16_bitmask(wasm_i8x16_narrow_i16x8(low, high));
    }
    if (b > 0) {
      const i32x4 low = wasm_i32x4_shl(load(from), shift), high = wasm_i32x4_shl(load(from + 4), shift);
      *to++ = (uint8_t)(wasm_i32x4_bitmask(low) | wasm_i32x4_bitmask(high) << 4);
    }
  }
}

static void transpose(const struct spike_convolution *s) {
  const int pixels = s->source_rows * s->source_columns;
  uint8_t *to = s->masks;
  for (int sign = 0; sign < signs_of(s); sign++) {
    const uint32_t *words = (sign == 0 ? s->spikes : s->negative_spikes) + s->first_channel;
    for (int level = 0; level < s->levels; level++, words += pixels * s->source_pitch)
      for (int t = 0; t < s->steps; t++, to += pixels * s->blocks)
        transpose_words(to, words, pixels, s->source_pitch, s->blocks, 31 - t);
  }
}

// Appends the places of the bits of some bytes, 8 places each, from `places` on. Writes eight entries a byte; as many of them count as the byte has
// bits set.
INLINE uint16_t *append_events(uint16_t *to, const uint8_t *masks, int blocks, u16x8 places, const uint16_t *bits) {
  for (int b = 0; b < blocks; b++) {
    const int mask = masks[b];
    store(to, wasm_i16x8_add(load(bits + 8 * mask), places));
    to += __builtin_popcount(mask);
    places = wasm_i16x8_add(places, wasm_i16x8_const_splat(8));
  }
  return to;
}

// Appends the events of `columns` columns of `lines` pixels each, and notes where each column ends. Columns are `column` places apart.
LEAF void list_pixels(uint16_t *to, uint16_t **ends, const uint8_t *masks, int line, int lines, int blocks, int columns,
                      int stride, int place, int column, const uint16_t *bits) {
  for (int x = 0; x < columns; x++, masks += stride, place += column) {
    const uint8_t *at = masks;
    u16x8 places = wasm_i16x8_splat((short)place);
    for (int i = 0; i < lines; i++, at += line) {
      to = append_events(to, at, blocks, places, bits);
      places = wasm_i16x8_add(places, wasm_i16x8_splat((short)(8 * blocks)));
    }
    *ends++ = to;
  }
}

// Appends the events of a window of the source.
LEAF uint16_t *list_window(uint16_t *to, const uint8_t *masks, int line, int lines, int blocks, int columns, int place,
                           const uint16_t *bits) {
  const u16x8 places = wasm_i16x8_splat((short)place);
  for (int i = 0; i < lines; i++, masks += line)
    for (int j = 0; j < columns; j++) to = append_events(to, masks + j * blocks, blocks, places, bits);
  return to;
}

// Lists, for every level and step, the events that an output row meets in the grid's columns [first, last). Those of a column are neighbours:
// an event is (((column − first) · kernel rows + kernel row) · signs + sign) · channels + channel.
static void list_columns(const struct spike_convolution *s, int row, int first, int last) {
  const int signs = signs_of(s), blocks = s->blocks, channels = 8 * blocks, kernel_height = s->kernel_height;
  const int top = row * s->stride_y - s->top, dilation = s->dilation_y;
  const int line = s->source_columns * blocks, step = s->source_rows * line;
  const int begin = top >= 0 ? 0 : (dilation - 1 - top) / dilation;
  const int end = top >= s->rows ? 0 : min_int((s->rows - top + dilation - 1) / dilation, kernel_height);
  const int direct = s->selects && signs == 1, times = s->levels * s->steps;
  for (int t = 0; t < times; t++) {
    uint16_t *to = s->lists + t * s->list_capacity;
    uint16_t **ends = s->ends + t * (last - first + 1);
    *ends++ = to;
    if (direct) {
      list_pixels(to, ends, s->masks + t * step + (top + begin * dilation) * s->window_stride_y * line + first * s->window_stride_x * blocks,
                  dilation * s->window_stride_y * line, max_int(end - begin, 0), blocks, last - first,
                  s->window_stride_x * blocks, begin * channels, kernel_height * channels, s->bits);
      continue;
    }
    for (int x = first; x < last; x++) {
      const int x0 = x * s->window_stride_x - s->window_left;
      const int left = max_int(x0, 0), right = min_int(x0 + s->window_width, s->source_columns);
      for (int i = begin; i < end; i++) {
        const int y0 = (top + i * dilation) * s->window_stride_y - s->window_top;
        const int upper = max_int(y0, 0), lower = min_int(y0 + s->window_height, s->source_rows);
        for (int sign = 0; sign < signs; sign++)
          to = list_window(to, s->masks + (sign * times + t) * step + upper * line + left * blocks, line, lower - upper, blocks,
                           right - left, (((x - first) * kernel_height + i) * signs + sign) * channels, s->bits);
      }
      *ends++ = to;
    }
  }
}

#endif
