#include "spike-convolution.h"

// The sum of the weight rows that events meet, 8·`eights` outputs wide, on top of `from`.
INLINE void add_rows(const uint16_t *list, const uint16_t *end, const char *origin, const char *nothing, int shift,
                     const char *from, char *to, const int eights) {
  f32x4 sums[8];
  UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = load(from + 16 * k);
  for (; list + 2 <= end; list += 2) {
    const char *a = origin + (list[0] << shift), *b = origin + (list[1] << shift);
    UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = wasm_f32x4_add(sums[k], load(a + 16 * k));
    UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = wasm_f32x4_add(sums[k], load(b + 16 * k));
  }
  // An odd one out, or a row of zeros: a branch here would be guessed wrong half of the time.
  const char *a = list < end ? origin + (*list << shift) : nothing;
  UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = wasm_f32x4_add(sums[k], load(a + 16 * k));
  UNROLLED for (int k = 0; k < 2 * eights; k++) store(to + 16 * k, sums[k]);
}

// Rows are as wide as their panel, but in the last one, where what is left is taken in parts of 16 and 8.
#define DEFINE_ADD_ROWS(outputs, eights, own_shift)                                                                    \
  LEAF void add_rows_##outputs(const uint16_t *list, const uint16_t *end, const char *origin, const char *nothing,     \
                               const char *from, char *to) {                                                           \
    add_rows(list, end, origin, nothing, own_shift, from, to, eights);                                                 \
  }
#define DEFINE_ADD_PART(outputs, eights)                                                                               \
  LEAF void add_part_##outputs(const uint16_t *list, const uint16_t *end, const char *origin, const char *nothing,     \
                               int shift, const char *from, char *to) {                                                \
    add_rows(list, end, origin, nothing, shift, from, to, eights);                                                     \
  }
DEFINE_ADD_ROWS(8, 1, 5)
DEFINE_ADD_ROWS(16, 2, 6)
DEFINE_ADD_ROWS(32, 4, 7)
DEFINE_ADD_PART(8, 1)
DEFINE_ADD_PART(16, 2)

DEFINE_NEXT_LEVEL(f32, wasm_f32x4_add)

// The sums of one level, [steps, PANEL], on top of `base` in the first step and `later` in the others, or of what is there where they are 0.
INLINE void add_level(const struct spike_convolution *s, int level, const char *base, const char *later, int column, int first, int last,
                      const int eights, const char *weights, const char *nothing, int column_rows, int shift) {
  const int steps = s->steps;
  const int runs = s->separate ? s->kernel_width : 1, run = s->separate ? 1 : s->kernel_width;
  char *const currents = s->currents;
  for (int j = 0; j < runs; j++) {
    const struct sight sight = look(s, column, first, last, j, run);
    // Events count from the strip's first column.
    const char *const origin = weights + (((sight.kernel_column - sight.from) * column_rows) << shift);
    for (int t = 0; t < steps; t++) {
      uint16_t *const *ends = sight.ends + (level * steps + t) * sight.columns;
      char *const to = currents + 4 * PANEL * t;
      const char *const from = j == 0 && base != 0 ? t == 0 ? base : later : to;
      const uint16_t *const list = ends[sight.from], *const end = ends[sight.until];
      if (base == 0 && list == end) continue;
      if (eights == 4) add_rows_32(list, end, origin, nothing, from, to);
      else if (eights == 2 && shift == 6) add_rows_16(list, end, origin, nothing, from, to);
      else if (eights == 1 && shift == 5) add_rows_8(list, end, origin, nothing, from, to);
      else if (eights == 2) add_part_16(list, end, origin, nothing, shift, from, to);
      else add_part_8(list, end, origin, nothing, shift, from, to);
    }
  }
}

// The sums of all levels, apart from those of one, which must be fast.
#define DEFINE_ADD_LEVELS(eights)                                                                                      \
  LEAF void add_levels_##eights(const struct spike_convolution *s, const char *base, const char *later, int column, int first, int last,  \
                                const char *weights, const char *nothing, int column_rows, int shift) {                \
    for (int level = s->levels - 1; level >= 0; level--) {                                                             \
      next_level_f32(s->currents, level == 0 ? base : 0, later, level == s->levels - 1, 2 * eights, s->steps);                \
      add_level(s, level, 0, 0, column, first, last, eights, weights, nothing, column_rows, shift);                       \
    }                                                                                                                  \
  }
DEFINE_ADD_LEVELS(1)
DEFINE_ADD_LEVELS(2)
DEFINE_ADD_LEVELS(4)

INLINE void accumulate(const struct spike_convolution *s, const struct neurons *n, int size, int pixel, int column,
                       int first, int last, int channel, const int eights, const char *weights, const char *nothing,
                       int column_rows, int shift) {
  const int steps = s->steps, output = s->first_output + channel;
  char *const currents = s->currents;
  const char *const base = n->base + 4 * (pixel * n->base_pitch + output);
  const char *const later = n->later + 4 * (pixel * n->later_pitch + output);
  if (s->levels == 1) add_level(s, 0, base, later, column, first, last, eights, weights, nothing, column_rows, shift);
  else if (eights == 4) add_levels_4(s, base, later, column, first, last, weights, nothing, column_rows, shift);
  else if (eights == 2) add_levels_2(s, base, later, column, first, last, weights, nothing, column_rows, shift);
  else add_levels_1(s, base, later, column, first, last, weights, nothing, column_rows, shift);
  fire_f32(n, size, pixel, output, 2 * eights, steps, currents);
}

// The sum of the rows of `lines` · `bytes` tables that some bytes point to, on top of `from`.
INLINE void add_sums(const uint8_t *masks, int line, int lines, int bytes, const char *tables, int tap_line, int shift,
                     const char *from, char *to, const int eights) {
  f32x4 sums[8];
  UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = load(from + 16 * k);
  for (int i = 0; i < lines; i++, masks += line, tables += tap_line) {
    const char *table = tables;
    const uint8_t *p = masks, *const end = masks + bytes;
    for (; p < end; p++, table += 256 << shift) {
      const char *a = table + (p[0] << shift);
      UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = wasm_f32x4_add(sums[k], load(a + 16 * k));
    }
  }
  UNROLLED for (int k = 0; k < 2 * eights; k++) store(to + 16 * k, sums[k]);
}

#define DEFINE_ADD_SUMS(outputs, eights, own_shift)                                                                    \
  LEAF void add_sums_##outputs(const uint8_t *masks, int line, int lines, int bytes, const char *tables, int tap_line, \
                               const char *from, char *to) {                                                           \
    add_sums(masks, line, lines, bytes, tables, tap_line, own_shift, from, to, eights);                                \
  }
#define DEFINE_ADD_PART_SUMS(outputs, eights)                                                                          \
  LEAF void add_part_sums_##outputs(const uint8_t *masks, int line, int lines, int bytes, const char *tables,          \
                                    int tap_line, int shift, const char *from, char *to) {                             \
    add_sums(masks, line, lines, bytes, tables, tap_line, shift, from, to, eights);                                    \
  }
DEFINE_ADD_SUMS(8, 1, 5)
DEFINE_ADD_SUMS(16, 2, 6)
DEFINE_ADD_SUMS(32, 4, 7)
DEFINE_ADD_PART_SUMS(8, 1)
DEFINE_ADD_PART_SUMS(16, 2)

// What a pixel sees, by tables: the masks of the first step, `bytes` of them from each line of a window, and the tables of its first line.
struct looked_up {
  const uint8_t *masks;
  int line, lines, bytes, step, tap_line;
  const char *tables;
};

// The sums of one level, [steps, PANEL], on top of `base` in the first step and `later` in the others, or of what is there where they are 0.
INLINE void look_up_level(struct looked_up at, int level, int steps, const char *base, const char *later, char *to,
                          const int eights, int shift) {
  const uint8_t *masks = at.masks + level * steps * at.step;
  for (int t = 0; t < steps; t++, masks += at.step, to += 4 * PANEL) {
    const char *const from = base != 0 ? t == 0 ? base : later : to;
    if (eights == 4) add_sums_32(masks, at.line, at.lines, at.bytes, at.tables, at.tap_line, from, to);
    else if (eights == 2 && shift == 6) add_sums_16(masks, at.line, at.lines, at.bytes, at.tables, at.tap_line, from, to);
    else if (eights == 1 && shift == 5) add_sums_8(masks, at.line, at.lines, at.bytes, at.tables, at.tap_line, from, to);
    else if (eights == 2) add_part_sums_16(masks, at.line, at.lines, at.bytes, at.tables, at.tap_line, shift, from, to);
    else add_part_sums_8(masks, at.line, at.lines, at.bytes, at.tables, at.tap_line, shift, from, to);
  }
}

INLINE void look_up(const struct spike_convolution *s, const struct neurons *n, int size, int pixel, struct inside in,
                    int channel, const int eights, const char *weights, int shift) {
  const int steps = s->steps, levels = s->levels, output = s->first_output + channel, blocks = s->blocks;
  const int source_line = s->source_columns * blocks;
  const struct looked_up at = {
      .masks = s->masks + (in.top + in.first_i * s->dilation_y) * s->window_stride_y * source_line + (in.left + in.first_j) * blocks,
      .line = s->dilation_y * s->window_stride_y * source_line,
      .lines = in.last_i - in.first_i,
      .bytes = (in.last_j - in.first_j) * blocks,
      .step = s->source_rows * source_line,
      .tap_line = s->kernel_width * blocks << (8 + shift),
      .tables = weights + (in.first_i * s->kernel_width + in.first_j) * (blocks << (8 + shift)),
  };
  char *const currents = s->currents;
  const char *const base = n->base + 4 * (pixel * n->base_pitch + output);
  const char *const later = n->later + 4 * (pixel * n->later_pitch + output);
  if (levels == 1) look_up_level(at, 0, steps, base, later, currents, eights, shift);
  for (int level = levels - 1; level >= 0 && levels > 1; level--) {
    next_level_f32(currents, level == 0 ? base : 0, later, level == levels - 1, 2 * eights, steps);
    look_up_level(at, level, steps, 0, 0, currents, eights, shift);
  }
  fire_f32(n, size, pixel, output, 2 * eights, steps, currents);
}

DEFINE_BY_TABLES(f32_spike_convolution, 2, look_up)
DEFINE_SPIKE_CONVOLUTION(f32_spike_convolution, 2, accumulate)
