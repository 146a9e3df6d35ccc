// Lists of the values that are not zero, in the order in which they stand. NaN is not zero, −0 is.
#ifndef RHEOBASE_NON_ZEROS_H
#define RHEOBASE_NON_ZEROS_H

#include "simd.h"

// A value, and how many bytes to add to an address for it.
struct entry {
  int offset;
  float value;
};

// Entries are written and copied so many at a time: a list needs room for as many behind its last.
enum { LIST_SLACK = 8 };

// Floats of a compaction table.
enum { COMPACTION_TABLE = 64 };

// For every set of four lanes the bytes that move those lanes to the front, in order.
static void write_compaction_table(v128_t *table) {
  for (int set = 0; set < 16; set++) {
    v128_t lanes = zero4();
    // From the last lane to the first: each that is in the set pushes the others back.
    for (int lane = 3; lane >= 0; lane--) {
      if ((set >> lane & 1) == 0) continue;
      lanes = wasm_i32x4_shuffle(lanes, lanes, 0, 0, 1, 2);
      lanes = wasm_i32x4_replace_lane(lanes, 0, 0x03020100 + 0x04040404 * lane);
    }
    table[set] = lanes;
  }
}

INLINE v128_t pick_lanes(v128_t x, v128_t lanes) {
#ifdef __wasm_relaxed_simd__
  return wasm_i8x16_relaxed_swizzle(x, lanes);
#else
  return wasm_i8x16_swizzle(x, lanes);
#endif
}

// Appends those of four values that are not zero, without a branch. Gives the list's new end.
INLINE struct entry *append4(struct entry *end, f32x4 values, v128_t offsets, const v128_t *table) {
  const int set = wasm_i32x4_bitmask(wasm_f32x4_ne(values, zero4()));
  const v128_t lanes = table[set];
  const v128_t v = pick_lanes(values, lanes), o = pick_lanes(offsets, lanes);
  wasm_v128_store(end, wasm_i32x4_shuffle(o, v, 0, 4, 1, 5));
  wasm_v128_store(end + 2, wasm_i32x4_shuffle(o, v, 2, 6, 3, 7));
  return end + __builtin_popcount(set);
}

// Appends another list, `more` bytes added to all its offsets. Gives the new end.
INLINE struct entry *append_list(struct entry *end, const struct entry *from, int count, int more) {
  const v128_t shift = wasm_i32x4_make(more, 0, more, 0);
  for (int k = 0;;) {
    const v128_t a = wasm_v128_load(from + k), b = wasm_v128_load(from + k + 2);
    const v128_t c = wasm_v128_load(from + k + 4), d = wasm_v128_load(from + k + 6);
    wasm_v128_store(end + k, wasm_i32x4_add(a, shift));
    wasm_v128_store(end + k + 2, wasm_i32x4_add(b, shift));
    wasm_v128_store(end + k + 4, wasm_i32x4_add(c, shift));
    wasm_v128_store(end + k + 6, wasm_i32x4_add(d, shift));
    k += 8;
    if (k >= count) return end + count;
  }
}

// A way out of a loop that is never taken, for no list begins at such an address. What comes before it has to be computed before it, for
// it might be needed behind the loop: so engines that like to load all operands first, and then have no registers left for sums, cannot.
#define FENCE(at, number)                                                             \
  if (__builtin_expect((at) == (const struct entry *)(8 * (number)), 0)) break

// The address `offset` bytes behind another.
INLINE const float *behind(const float *from, int offset) { return (const float *)((const char *)from + offset); }

#endif
