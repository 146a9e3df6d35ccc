// Loops over channels-last rows, a few vectors of channels at a time.
#ifndef RHEOBASE_CHANNEL_GROUPS_H
#define RHEOBASE_CHANNEL_GROUPS_H

#include "simd.h"

// Rows that stay in the first-level cache while all of their channels are worked off; sums over so few lose nothing.
enum { BLOCK_ROWS = 64 };

#define UNROLLED _Pragma("clang loop unroll(full)")

// Four values, or the first `left` of them where fewer are left.
INLINE f32x4 load_left4(const float *p, int left) { return left >= 4 ? load4(p) : load_part4(p, left); }
INLINE void store_left4(float *p, f32x4 x, int left) {
  if (left >= 4) store4(p, x);
  else store_part4(p, x, left);
}
INLINE void add_to_left4(float *p, f32x4 x, int left) { store_left4(p, add4(load_left4(p, left), x), left); }

// Runs `body(first channel, vectors, values in the last vector)` over all channels: 16, then 4, then what is left.
#define FOR_CHANNEL_GROUPS(channels, body)                \
  do {                                                    \
    int c = 0;                                            \
    for (; c + 16 <= (channels); c += 16) {               \
      body(c, 4, 4);                                      \
    }                                                     \
    for (; c + 4 <= (channels); c += 4) {                 \
      body(c, 1, 4);                                      \
    }                                                     \
    if (c < (channels)) {                                 \
      body(c, 1, (channels) - c);                         \
    }                                                     \
  } while (0)

// Runs the same over all channels of every block of rows; `body` gets the block's first row and how many it has too.
#define FOR_BLOCKS(rows, channels, body)                              \
  for (int row = 0; row < (rows); row += BLOCK_ROWS) {                \
    const int count = min_int(BLOCK_ROWS, (rows) - row);              \
    FOR_CHANNEL_GROUPS(channels, body);                               \
  }

#endif
