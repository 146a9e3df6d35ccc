#include "simd.h"

// Activations on a grid of levels: y = width·clip(q, lowest, levels), q = rounded u, u = z/width, width = |θ|/levels.

enum { NOT_ROUNDED = 0, ROUNDED = 1, ROUNDED_WITH_NOISE = 2 };

// Values between sums being put aside, so that a sum of millions keeps its accuracy.
enum { RUN = 1024 };

// Four streams of Marsaglia's xorshift32, one a lane: element i of a tensor belongs to step ⌊i/4⌋ of stream i mod 4.
INLINE v128_t next_random(v128_t state) {
  state = wasm_v128_xor(state, wasm_i32x4_shl(state, 13));
  state = wasm_v128_xor(state, wasm_u32x4_shr(state, 17));
  return wasm_v128_xor(state, wasm_i32x4_shl(state, 5));
}

// Streams are seeded by an integer hash (Wellons' lowbias32) of seed + lane; a state of 0 would stay 0.
INLINE unsigned stream_seed(unsigned seed, unsigned lane) {
  unsigned x = seed + lane * 0x9e3779b9u;
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  x ^= x >> 16;
  return x == 0 ? 1 : x;
}
INLINE v128_t seed_random(unsigned seed) {
  return wasm_u32x4_make(stream_seed(seed, 0), stream_seed(seed, 1), stream_seed(seed, 2), stream_seed(seed, 3));
}

// q. With noise, elements whose random number is not above `bound` pass as they are.
INLINE f32x4 rounded(f32x4 u, v128_t random, v128_t bound, const int rounding) {
  if (rounding == NOT_ROUNDED) return u;
  const f32x4 q = wasm_f32x4_floor(add4(u, wasm_f32x4_const_splat(0.5f)));
  if (rounding == ROUNDED) return q;
  return wasm_v128_bitselect(u, q, wasm_u32x4_le(random, bound));
}

INLINE f32x4 between(f32x4 x, f32x4 low, f32x4 high) { return wasm_f32x4_pmin(wasm_f32x4_pmax(x, low), high); }

INLINE void threshold_grid(const float *z, const float *theta, float *y, int size, float levels, float lowest,
                           unsigned seed, unsigned bound, const int rounding) {
  const f32x4 width = wasm_f32x4_splat(__builtin_fabsf(theta[0]) / levels);
  const f32x4 low = wasm_f32x4_splat(lowest), high = wasm_f32x4_splat(levels);
  const v128_t bounds = wasm_u32x4_splat(bound);
  v128_t random = seed_random(seed);
  int i = 0;
  for (; i + 4 <= size; i += 4) {
    if (rounding == ROUNDED_WITH_NOISE) random = next_random(random);
    const f32x4 q = rounded(wasm_f32x4_div(load4(z + i), width), random, bounds, rounding);
    store4(y + i, mul4(between(q, low, high), width));
  }
  if (i < size) {
    if (rounding == ROUNDED_WITH_NOISE) random = next_random(random);
    const f32x4 q = rounded(wasm_f32x4_div(load_part4(z + i, size - i), width), random, bounds, rounding);
    store_part4(y + i, mul4(between(q, low, high), width), size - i);
  }
}

// One scalar θ; `rounding` is one of those above.
KERNEL(f32_threshold_grid_4)(const float *z, const float *theta, float *y, int size, float levels, float lowest,
                             int rounding, unsigned seed, unsigned bound) {
  if (rounding == NOT_ROUNDED) threshold_grid(z, theta, y, size, levels, lowest, seed, bound, NOT_ROUNDED);
  else if (rounding == ROUNDED) threshold_grid(z, theta, y, size, levels, lowest, seed, bound, ROUNDED);
  else threshold_grid(z, theta, y, size, levels, lowest, seed, bound, ROUNDED_WITH_NOISE);
}

// What four elements give: dz is returned, their part of ∂/∂|θ| (in levels) added to *sum.
INLINE f32x4 grid_gradient(f32x4 z, f32x4 dy, f32x4 width, f32x4 low, f32x4 high, f32x4 highest_passing, v128_t random,
                           v128_t bounds, f32x4 *sum, const int rounding) {
  const f32x4 u = wasm_f32x4_div(z, width);
  const f32x4 q = rounded(u, random, bounds, rounding);
  const v128_t passes = wasm_v128_and(wasm_f32x4_ge(q, low), wasm_f32x4_le(q, highest_passing));
  const f32x4 by_threshold = sub4(between(q, low, high), wasm_v128_and(passes, u));
  *sum = madd4(dy, by_threshold, *sum);
  return wasm_v128_and(dy, passes);
}

INLINE void threshold_grid_gradient(const float *z, const float *theta, const float *dy, float *dz, float *dtheta,
                                    int size, float levels, float lowest, float highest_passing, unsigned seed,
                                    unsigned bound, const int rounding) {
  const f32x4 width = wasm_f32x4_splat(__builtin_fabsf(theta[0]) / levels);
  const f32x4 low = wasm_f32x4_splat(lowest), high = wasm_f32x4_splat(levels);
  const f32x4 highest = wasm_f32x4_splat(highest_passing);
  const v128_t bounds = wasm_u32x4_splat(bound);
  v128_t random = seed_random(seed);
  f32x4 total = zero4();
  int i = 0;
  while (i + 4 <= size) {
    f32x4 sum = zero4();
    for (const int end = min_int(i + RUN, size - 3); i < end; i += 4) {
      if (rounding == ROUNDED_WITH_NOISE) random = next_random(random);
      store4(dz + i, grid_gradient(load4(z + i), load4(dy + i), width, low, high, highest, random, bounds, &sum, rounding));
    }
    total = add4(total, sum);
  }
  if (i < size) {
    if (rounding == ROUNDED_WITH_NOISE) random = next_random(random);
    const int left = size - i;
    const f32x4 last = grid_gradient(load_part4(z + i, left), load_part4(dy + i, left), width, low, high, highest,
                                     random, bounds, &total, rounding);
    store_part4(dz + i, last, left);
  }
  const float sign = theta[0] > 0.0f ? 1.0f : theta[0] < 0.0f ? -1.0f : 0.0f;
  dtheta[0] = sum_lanes(total) * sign / levels;
}

// dz may be dy. q is computed again, from the same seed.
KERNEL(f32_threshold_grid_gradient_4)(const float *z, const float *theta, const float *dy, float *dz, float *dtheta,
                                      int size, float levels, float lowest, float highest_passing, int rounding,
                                      unsigned seed, unsigned bound) {
#define GRADIENT(kind) \
  threshold_grid_gradient(z, theta, dy, dz, dtheta, size, levels, lowest, highest_passing, seed, bound, kind)
  if (rounding == NOT_ROUNDED) GRADIENT(NOT_ROUNDED);
  else if (rounding == ROUNDED) GRADIENT(ROUNDED);
  else GRADIENT(ROUNDED_WITH_NOISE);
#undef GRADIENT
}

// One θ a channel. `widths` and `sums` are as long as `period`, the least multiple of the channels that is one of 4, so that vectors of
// four meet the same channels again in every period: element i has widths[i mod period].
INLINE void channel_grid(const float *z, const float *widths, float *y, int size, int period, float levels,
                         float lowest, unsigned seed, unsigned bound, const int rounding) {
  const f32x4 low = wasm_f32x4_splat(lowest), high = wasm_f32x4_splat(levels);
  const v128_t bounds = wasm_u32x4_splat(bound);
  v128_t random = seed_random(seed);
  int i = 0, at = 0;
  for (; i + 4 <= size; i += 4) {
    if (rounding == ROUNDED_WITH_NOISE) random = next_random(random);
    const f32x4 width = load4(widths + at);
    const f32x4 q = rounded(wasm_f32x4_div(load4(z + i), width), random, bounds, rounding);
    store4(y + i, mul4(between(q, low, high), width));
    at += 4;
    if (at == period) at = 0;
  }
  if (i < size) {
    if (rounding == ROUNDED_WITH_NOISE) random = next_random(random);
    const f32x4 width = load4(widths + at);
    const f32x4 q = rounded(wasm_f32x4_div(load_part4(z + i, size - i), width), random, bounds, rounding);
    store_part4(y + i, mul4(between(q, low, high), width), size - i);
  }
}

// |θ|/levels of every channel, over and over, to the end of a period.
INLINE void widths_of(const float *theta, float *widths, int channels, int period, float levels) {
  for (int i = 0, c = 0; i < period; i++) {
    widths[i] = __builtin_fabsf(theta[c]) / levels;
    c = c + 1 == channels ? 0 : c + 1;
  }
}

// θ is [channels], z [rows, channels], `size` all its values; `scratch` has a period's.
KERNEL(f32_threshold_grid_channels_4)(const float *z, const float *theta, float *y, float *scratch, int size,
                                      int channels, int period, float levels, float lowest, int rounding,
                                      unsigned seed, unsigned bound) {
  widths_of(theta, scratch, channels, period, levels);
#define VALUE(kind) channel_grid(z, scratch, y, size, period, levels, lowest, seed, bound, kind)
  if (rounding == NOT_ROUNDED) VALUE(NOT_ROUNDED);
  else if (rounding == ROUNDED) VALUE(ROUNDED);
  else VALUE(ROUNDED_WITH_NOISE);
#undef VALUE
}

INLINE void put_aside(float *sums, float *totals, int period) {
  for (int k = 0; k < period; k += 4) {
    store4(totals + k, add4(load4(totals + k), load4(sums + k)));
    store4(sums + k, zero4());
  }
}

INLINE void channel_gradient(const float *z, const float *widths, const float *dy, float *dz, float *sums,
                             float *totals, int size, int period, float levels, float lowest, float highest_passing,
                             unsigned seed, unsigned bound, const int rounding) {
  const f32x4 low = wasm_f32x4_splat(lowest), high = wasm_f32x4_splat(levels);
  const f32x4 highest = wasm_f32x4_splat(highest_passing);
  const v128_t bounds = wasm_u32x4_splat(bound);
  v128_t random = seed_random(seed);
  for (int k = 0; k < period; k += 4) {
    store4(sums + k, zero4());
    store4(totals + k, zero4());
  }
  int i = 0, at = 0, periods = 0;
  for (; i + 4 <= size; i += 4) {
    if (rounding == ROUNDED_WITH_NOISE) random = next_random(random);
    f32x4 sum = load4(sums + at);
    store4(dz + i, grid_gradient(load4(z + i), load4(dy + i), load4(widths + at), low, high, highest, random, bounds,
                                 &sum, rounding));
    store4(sums + at, sum);
    at += 4;
    if (at == period) {
      at = 0;
      if (++periods == RUN / 4) {
        periods = 0;
        put_aside(sums, totals, period);
      }
    }
  }
  if (i < size) {
    if (rounding == ROUNDED_WITH_NOISE) random = next_random(random);
    const int left = size - i;
    f32x4 sum = load4(sums + at);
    const f32x4 last = grid_gradient(load_part4(z + i, left), load_part4(dy + i, left), load4(widths + at), low, high,
                                     highest, random, bounds, &sum, rounding);
    store_part4(dz + i, last, left);
    store4(sums + at, sum);
  }
  put_aside(sums, totals, period);
}

// dz may be dy; `scratch` has three periods' values.
KERNEL(f32_threshold_grid_gradient_channels_4)(const float *z, const float *theta, const float *dy, float *dz,
                                               float *dtheta, float *scratch, int size, int channels, int period,
                                               float levels, float lowest, float highest_passing, int rounding,
                                               unsigned seed, unsigned bound) {
  float *sums = scratch + period, *totals = sums + period;
  widths_of(theta, scratch, channels, period, levels);
#define GRADIENT(kind) \
  channel_gradient(z, scratch, dy, dz, sums, totals, size, period, levels, lowest, highest_passing, seed, bound, kind)
  if (rounding == NOT_ROUNDED) GRADIENT(NOT_ROUNDED);
  else if (rounding == ROUNDED) GRADIENT(ROUNDED);
  else GRADIENT(ROUNDED_WITH_NOISE);
#undef GRADIENT
  for (int c = 0; c < channels; c++) {
    float total = 0.0f;
    for (int k = c; k < period; k += channels) total += totals[k];
    const float sign = theta[c] > 0.0f ? 1.0f : theta[c] < 0.0f ? -1.0f : 0.0f;
    dtheta[c] = total * sign / levels;
  }
}

// dx = dy where low < y < high, else 0: the gradient of a clip with those bounds, told from its result y.
KERNEL(f32_clip_gradient_4)(const float *y, const float *dy, float *dx, int size, float low, float high) {
  const f32x4 lows = wasm_f32x4_splat(low), highs = wasm_f32x4_splat(high);
  int i = 0;
  for (; i + 4 <= size; i += 4) {
    const f32x4 v = load4(y + i);
    store4(dx + i, wasm_v128_and(load4(dy + i), wasm_v128_and(wasm_f32x4_gt(v, lows), wasm_f32x4_lt(v, highs))));
  }
  if (i < size) {
    const f32x4 v = load_part4(y + i, size - i);
    const v128_t inside = wasm_v128_and(wasm_f32x4_gt(v, lows), wasm_f32x4_lt(v, highs));
    store_part4(dx + i, wasm_v128_and(load_part4(dy + i, size - i), inside), size - i);
  }
}
