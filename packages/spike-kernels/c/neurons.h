// Integrate-and-fire, four neurons at a time, in float32 or in integers.
#ifndef RHEOBASE_NEURONS_H
#define RHEOBASE_NEURONS_H

#include "simd.h"

// Rules of negative spikes.
enum { NO_NEGATIVES = 0, SIGNED = 1, COMPENSATING = 2, CORRECTING = 3 };

// Most powers of two that a spike may be worth.
enum { MOST_POWERS = 7 };

// Most channels whose currents are computed at a time.
enum { PANEL = 32 };

// Neurons of a layer, and what they are given besides the spikes that a kernel adds up. Written by src/neurons.ts in this order.
// Arrays have one value for each channel, or one for each neuron: their pitch, in values from pixel to pixel, is then 0 or `channels`.
struct neurons {
  // Of a pixel of every array and word buffer; a multiple of 8.
  int channels;
  // Bias, or another constant current, of the first step;
  const char *base;
  int base_pitch;
  // and of all others: the same, or zeros with differential coding.
  const char *later;
  int later_pitch;
  // Currents that change, [steps, pixels, channels], or 0.
  const char *addend;
  // Spikes that are added as they are, gain·s, at the same pixels and channels, or 0; the second for those of sign −1. They have levels,
  // [shortcut levels, pixels, channels]: those of level k are worth 2ᵏ.
  const uint32_t *shortcut, *negative_shortcut;
  int shortcut_levels;
  const char *gain;
  // Where the whole current goes as well, [steps, pixels, channels], or 0.
  char *record;
  // Where the spikes go, [pixels, channels], bit t of a word for step t; 0 if only currents are wanted.
  uint32_t *spikes, *negative_spikes;
  // Whether the reset is hard.
  int hard;
  // Whether they fire only at V > θ, where others fire at V ≥ θ; not with counts.
  int above;
  // Γ, the most spikes that a neuron fires in a step; up to 1 for neurons that fire one. Bit k of a count is a spike of level k: spike words
  // of either sign are [levels, pixels, channels], with as many levels as Γ has bits.
  int most;
  // n, how many powers of two a correcting neuron's spike may be worth; 0 for any count up to `most`, which is 2ⁿ⁻¹ otherwise.
  int powers;
  // The rule of negative spikes.
  int negatives;
  const char *threshold;
  int threshold_pitch;
  // θ⁻ of neurons that fire −1 too; of those that take spikes back, the potential below which they do.
  const char *lower;
  int lower_pitch;
  // What is added to the potential at every step besides the current, or 0.
  const char *shift;
  int shift_pitch;
  // λ, the share of the potential that a step leaves: float32; 0 for no leak. Of correcting neurons it is the growth of V and S.
  const float *leak;
  int leak_pitch;
  // V before the first of these steps, and after the last;
  const char *start;
  int start_pitch;
  // 0 if not wanted
  char *potential;
  // Spikes fired so far, those taken back subtracted, of neurons that take spikes back: [pixels, channels], int32; or S, what correcting neurons
  // sent so far, in V's format. Before the first of
  // these steps, or 0 for none; and after the last, or 0 if not wanted.
  const char *balance_start;
  char *balance;
};

#define zero wasm_i32x4_const_splat(0)

// ⌊λ·V + ½⌋, the product in double precision.
INLINE i32x4 leak_i32(i32x4 v, f32x4 share) {
  const v128_t half = wasm_f64x2_const_splat(0.5);
  const v128_t low = wasm_f64x2_floor(
      wasm_f64x2_add(wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(v), wasm_f64x2_promote_low_f32x4(share)), half));
  const i32x4 upper = wasm_i32x4_shuffle(v, v, 2, 3, 2, 3);
  const f32x4 upper_share = wasm_i32x4_shuffle(share, share, 2, 3, 2, 3);
  const v128_t high = wasm_f64x2_floor(
      wasm_f64x2_add(wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(upper), wasm_f64x2_promote_low_f32x4(upper_share)), half));
  return wasm_i32x4_shuffle(wasm_i32x4_trunc_sat_f64x2_zero(low), wasm_i32x4_trunc_sat_f64x2_zero(high), 0, 1, 4, 5);
}
INLINE f32x4 leak_f32(f32x4 v, f32x4 share) { return wasm_f32x4_mul(v, share); }

// How many spikes V is worth: the greatest n up to `most` for which V ≥ θ·n, the product rounded as V is.
INLINE i32x4 count_f32(f32x4 v, f32x4 theta, int most) {
  const f32x4 one = wasm_f32x4_const_splat(1.0f);
  // The quotient is rounded, so that n may be off by one.
  f32x4 n = wasm_f32x4_floor(wasm_f32x4_div(v, theta));
  n = wasm_f32x4_sub(n, wasm_v128_and(one, wasm_f32x4_gt(wasm_f32x4_mul(theta, n), v)));
  n = wasm_f32x4_add(n, wasm_v128_and(one, wasm_f32x4_le(wasm_f32x4_mul(theta, wasm_f32x4_add(n, one)), v)));
  return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_pmin(wasm_f32x4_splat((float)most), wasm_f32x4_pmax(zero, n)));
}
// In double precision a quotient of 32-bit numbers is never rounded across a whole one.
INLINE i32x4 count_i32(i32x4 v, i32x4 theta, int most) {
  const v128_t low = wasm_f64x2_div(wasm_f64x2_convert_low_i32x4(v), wasm_f64x2_convert_low_i32x4(theta));
  const v128_t high = wasm_f64x2_div(wasm_f64x2_convert_low_i32x4(wasm_i32x4_shuffle(v, v, 2, 3, 2, 3)),
                                     wasm_f64x2_convert_low_i32x4(wasm_i32x4_shuffle(theta, theta, 2, 3, 2, 3)));
  const i32x4 n = wasm_i32x4_shuffle(wasm_i32x4_trunc_sat_f64x2_zero(low), wasm_i32x4_trunc_sat_f64x2_zero(high), 0, 1, 4, 5);
  return wasm_i32x4_min(wasm_i32x4_splat(most), wasm_i32x4_max(zero, n));
}
INLINE f32x4 times_f32(f32x4 theta, i32x4 count) { return wasm_f32x4_mul(theta, wasm_f32x4_convert_i32x4(count)); }
INLINE i32x4 times_i32(i32x4 theta, i32x4 count) { return wasm_i32x4_mul(theta, count); }

// Notes counts at a step, `bit` of a word for each level; what was there goes before the first step.
LEAF void note_counts(uint32_t *spikes, int size, int most, i32x4 counts, i32x4 bit, int first) {
  for (int level = 0; most >> level; level++, spikes += size) {
    const i32x4 own = wasm_v128_and(spread_bit(counts, level), bit);
    store(spikes, first ? own : wasm_v128_or(load(spikes), own));
  }
}

// Adds what other sources than the spikes of a kernel give to four neurons to their currents: [steps, PANEL], of which these are
// four columns.
#define DEFINE_OTHERS(format, add, sub)                                                                                \
  LEAF void add_others_##format(const struct neurons *n, int size, int place, int channel, int steps,                  \
                                  char *currents) {                                                                    \
    const char *addend = n->addend;                                                                                    \
    if (addend != 0) {                                                                                                 \
      for (int t = 0; t < steps; t++) {                                                                                \
        char *to = currents + 4 * PANEL * t;                                                                           \
        store(to, add(load(to), load(addend + 4 * (t * size + place))));                                               \
      }                                                                                                                \
    }                                                                                                                  \
    if (n->shortcut == 0) return;                                                                                      \
    v128_t gain = load(n->gain + 4 * channel);                                                                         \
    for (int level = 0; level < n->shortcut_levels; level++, place += size, gain = add(gain, gain)) {                  \
      const i32x4 words = load(n->shortcut + place);                                                                   \
      for (int t = 0; t < steps; t++) {                                                                                \
        char *to = currents + 4 * PANEL * t;                                                                           \
        store(to, add(load(to), wasm_v128_and(gain, spread_bit(words, t))));                                           \
      }                                                                                                                \
      if (n->negative_shortcut == 0) continue;                                                                         \
      const i32x4 negative = load(n->negative_shortcut + place);                                                       \
      for (int t = 0; t < steps; t++) {                                                                                \
        char *to = currents + 4 * PANEL * t;                                                                           \
        store(to, sub(load(to), wasm_v128_and(gain, spread_bit(negative, t))));                                        \
      }                                                                                                                \
    }                                                                                                                  \
  }

// Neurons with soft reset and no more to them: the loop that has to be fast. V stays in a register, four steps at a time.
#define DEFINE_FIRE_SOFT(format, add, sub, at_least)                                                                   \
  LEAF void fire_soft_##format(const char *threshold, const char *start, char *spikes, char *potential, int fours,     \
                               int steps, const char *currents) {                                                      \
    for (; fours > 0; fours--, threshold += 16, start += 16, spikes += 16, currents += 16) {                           \
      const v128_t theta = load(threshold);                                                                            \
      v128_t v = load(start);                                                                                          \
      v128_t words = zero;                                                                                             \
      const char *current = currents;                                                                                  \
      int t = 0;                                                                                                       \
      for (; t + 4 <= steps; t += 4, current += 16 * PANEL) {                                                          \
        v128_t bits = zero;                                                                                            \
        UNROLLED for (int k = 0; k < 4; k++) {                                                                         \
          v = add(v, load(current + 4 * PANEL * k));                                                                   \
          const v128_t fired = at_least(v, theta);                                                                     \
          bits = wasm_v128_or(bits, wasm_v128_and(fired, wasm_i32x4_splat(1 << k)));                                   \
          v = sub(v, wasm_v128_and(theta, fired));                                                                     \
        }                                                                                                              \
        words = wasm_v128_or(words, wasm_i32x4_shl(bits, t));                                                          \
      }                                                                                                                \
      for (; t < steps; t++, current += 4 * PANEL) {                                                                   \
        v = add(v, load(current));                                                                                     \
        const v128_t fired = at_least(v, theta);                                                                       \
        words = wasm_v128_or(words, wasm_i32x4_shl(wasm_v128_and(fired, wasm_i32x4_splat(1)), t));                     \
        v = sub(v, wasm_v128_and(theta, fired));                                                                       \
      }                                                                                                                \
      store(spikes, words);                                                                                            \
      if (potential != 0) {                                                                                            \
        store(potential, v);                                                                                           \
        potential += 16;                                                                                               \
      }                                                                                                                \
    }                                                                                                                  \
  }

// All other neurons.
#define DEFINE_FIRE_ANY(format, add, sub, at_least, more_than, negate)                                                 \
  LEAF void fire_any_##format(const struct neurons *n, int size, int pixel, int channel, int steps,                    \
                              const char *currents) {                                                                  \
    const int hard = n->hard, negatives = n->negatives, leaky = n->leak != 0, counts = n->most > 1, above = n->above;  \
    const v128_t theta = load(n->threshold + 4 * (pixel * n->threshold_pitch + channel));                              \
    const v128_t lower = negatives ? load(n->lower + 4 * (pixel * n->lower_pitch + channel)) : zero;                   \
    const v128_t share = leaky ? load(n->leak + pixel * n->leak_pitch + channel) : zero;                               \
    const v128_t shift = n->shift == 0 ? zero : load(n->shift + 4 * (pixel * n->shift_pitch + channel));               \
    v128_t v = load(n->start + 4 * (pixel * n->start_pitch + channel));                                                \
    const int place = pixel * n->channels + channel;                                                                   \
    i32x4 balance = negatives == COMPENSATING && n->balance_start != 0 ? load(n->balance_start + 4 * place) : zero;    \
    v128_t spikes = zero, negative = zero, bit = wasm_i32x4_const_splat(1);                                            \
    for (int t = 0; t < steps; t++, currents += 4 * PANEL) {                                                           \
      if (leaky) v = leak_##format(v, share);                                                                          \
      v = add(add(v, load(currents)), shift);                                                                          \
      const v128_t fired = above ? more_than(v, theta) : at_least(v, theta);                                           \
      v128_t taken = theta, count = wasm_v128_and(fired, wasm_i32x4_const_splat(1));                                   \
      if (counts) {                                                                                                    \
        count = count_##format(v, theta, n->most);                                                                     \
        note_counts(n->spikes + place, size, n->most, count, bit, t == 0);                                             \
        taken = times_##format(theta, count);                                                                          \
      }                                                                                                                \
      spikes = wasm_v128_or(spikes, wasm_v128_and(fired, bit));                                                        \
      /* A hard reset subtracts V itself: an infinite V becomes NaN and is found afterwards. */                        \
      v128_t after = sub(v, wasm_v128_and(hard ? v : taken, fired));                                                   \
      if (negatives == SIGNED) {                                                                                       \
        const v128_t below = wasm_v128_andnot(at_least(negate(v), lower), fired);                                      \
        negative = wasm_v128_or(negative, wasm_v128_and(below, bit));                                                  \
        after = add(after, wasm_v128_and(hard ? negate(v) : lower, below));                                            \
      }                                                                                                                \
      if (negatives == COMPENSATING) {                                                                                 \
        balance = wasm_i32x4_add(balance, count);                                                                      \
        const v128_t below = wasm_v128_andnot(wasm_i32x4_gt(balance, zero), at_least(after, lower));                   \
        negative = wasm_v128_or(negative, wasm_v128_and(below, bit));                                                  \
        after = add(after, wasm_v128_and(theta, below));                                                               \
        /* A comparison that holds is −1. */                                                                           \
        balance = wasm_i32x4_add(balance, below);                                                                      \
      }                                                                                                                \
      v = after;                                                                                                       \
      bit = wasm_i32x4_add(bit, bit);                                                                                  \
    }                                                                                                                  \
    if (!counts) store(n->spikes + place, spikes);                                                                     \
    if (negatives) {                                                                                                   \
      store(n->negative_spikes + place, negative);                                                                     \
      for (int level = 1; n->most >> level; level++) store(n->negative_spikes + level * size + place, zero);           \
    }                                                                                                                  \
    if (n->potential != 0) store(n->potential + 4 * place, v);                                                         \
    if (negatives == COMPENSATING && n->balance != 0) store(n->balance + 4 * place, balance);                          \
  }

// From which magnitude on a spike is worth more, of four correcting neurons: ½·θ, and ¾·2ᵏ·θ from k = 1 on. Boundaries of integers are rounded up,
// and none above 2³¹ − 1 is ever reached.
INLINE f32x4 boundary_f32(f32x4 theta, double share) { return wasm_f32x4_mul(theta, wasm_f32x4_splat((float)share)); }
INLINE i32x4 boundary_i32(i32x4 theta, double share) {
  const v128_t shares = wasm_f64x2_splat(share);
  const v128_t low = wasm_f64x2_ceil(wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(theta), shares));
  const v128_t high = wasm_f64x2_ceil(wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(wasm_i32x4_shuffle(theta, theta, 2, 3, 2, 3)), shares));
  return wasm_i32x4_shuffle(wasm_i32x4_trunc_sat_f64x2_zero(low), wasm_i32x4_trunc_sat_f64x2_zero(high), 0, 1, 4, 5);
}

// How many spikes a magnitude is nearest to: the greatest n up to `most` for which it is at least θ·(n − ½), the product rounded as V is.
INLINE i32x4 nearest_f32(f32x4 size, f32x4 theta, int most) {
  const f32x4 one = wasm_f32x4_const_splat(1.0f), half = wasm_f32x4_const_splat(0.5f);
  f32x4 n = wasm_f32x4_floor(wasm_f32x4_add(wasm_f32x4_div(size, theta), half));
  n = wasm_f32x4_sub(n, wasm_v128_and(one, wasm_f32x4_gt(wasm_f32x4_mul(theta, wasm_f32x4_sub(n, half)), size)));
  n = wasm_f32x4_add(n, wasm_v128_and(one, wasm_f32x4_le(wasm_f32x4_mul(theta, wasm_f32x4_add(n, half)), size)));
  return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_pmin(wasm_f32x4_splat((float)most), wasm_f32x4_pmax(zero, n)));
}
INLINE v128_t nearest_f64(v128_t size, v128_t theta) {
  return wasm_f64x2_div(wasm_f64x2_add(wasm_f64x2_add(size, size), theta), wasm_f64x2_add(theta, theta));
}
INLINE i32x4 nearest_i32(i32x4 size, i32x4 theta, int most) {
  const v128_t low = nearest_f64(wasm_f64x2_convert_low_i32x4(size), wasm_f64x2_convert_low_i32x4(theta));
  const v128_t high = nearest_f64(wasm_f64x2_convert_low_i32x4(wasm_i32x4_shuffle(size, size, 2, 3, 2, 3)),
                                  wasm_f64x2_convert_low_i32x4(wasm_i32x4_shuffle(theta, theta, 2, 3, 2, 3)));
  const i32x4 n = wasm_i32x4_shuffle(wasm_i32x4_trunc_sat_f64x2_zero(low), wasm_i32x4_trunc_sat_f64x2_zero(high), 0, 1, 4, 5);
  return wasm_i32x4_min(wasm_i32x4_splat(most), wasm_i32x4_max(zero, n));
}

// Neurons that correct what they sent: m = max(V, −S), a spike of its nearest value, V ← V − θ·s and S ← S + θ·s.
#define DEFINE_FIRE_CORRECTING(format, add, sub, at_least, more_than, negate, greater, magnitude)                      \
  LEAF void fire_correcting_##format(const struct neurons *n, int size, int pixel, int channel, int steps,             \
                                     const char *currents) {                                                           \
    const int powers = n->powers, grows = n->leak != 0;                                                                \
    const v128_t theta = load(n->threshold + 4 * (pixel * n->threshold_pitch + channel));                              \
    const v128_t growth = grows ? load(n->leak + pixel * n->leak_pitch + channel) : zero;                              \
    const int place = pixel * n->channels + channel;                                                                   \
    v128_t v = load(n->start + 4 * (pixel * n->start_pitch + channel));                                                \
    v128_t sent = n->balance_start != 0 ? load(n->balance_start + 4 * place) : zero;                                   \
    v128_t boundaries[MOST_POWERS];                                                                                    \
    UNROLLED for (int k = 0; k < MOST_POWERS; k++) boundaries[k] = boundary_##format(theta, k == 0 ? 0.5 : 0.75 * (1 << k)); \
    i32x4 bit = wasm_i32x4_const_splat(1);                                                                             \
    for (int t = 0; t < steps; t++, currents += 4 * PANEL) {                                                           \
      if (grows) {                                                                                                     \
        v = leak_##format(v, growth);                                                                                  \
        sent = leak_##format(sent, growth);                                                                            \
      }                                                                                                                \
      v = add(v, load(currents));                                                                                      \
      const v128_t missing = greater(v, negate(sent)), amount = magnitude(missing), below = more_than(zero, missing);  \
      i32x4 count = zero;                                                                                              \
      if (powers == 0) count = nearest_##format(amount, theta, n->most);                                               \
      UNROLLED for (int k = 0; k < MOST_POWERS; k++)                                                                   \
        if (k < powers) count = wasm_v128_bitselect(wasm_i32x4_splat(1 << k), count, at_least(amount, boundaries[k])); \
      const v128_t moved = wasm_v128_and(times_##format(theta, count), wasm_i32x4_ne(count, zero));                    \
      const v128_t value = wasm_v128_bitselect(negate(moved), moved, below);                                           \
      v = sub(v, value);                                                                                               \
      sent = add(sent, value);                                                                                         \
      note_counts(n->spikes + place, size, n->most, wasm_v128_andnot(count, below), bit, t == 0);                      \
      note_counts(n->negative_spikes + place, size, n->most, wasm_v128_and(count, below), bit, t == 0);                \
      bit = wasm_i32x4_add(bit, bit);                                                                                  \
    }                                                                                                                  \
    if (n->potential != 0) store(n->potential + 4 * place, v);                                                         \
    if (n->balance != 0) store(n->balance + 4 * place, sent);                                                          \
  }

// What `fours` times four neurons do over all steps with the currents that a kernel gives them: [steps, PANEL], base included.
#define DEFINE_FIRE(format)                                                                                            \
  static inline void fire_##format(const struct neurons *n, int size, int pixel, int channel, int fours, int steps,    \
                            char *currents) {                                                                          \
    if (n->addend != 0 || n->shortcut != 0) {                                                                          \
      for (int k = 0; k < fours; k++)                                                                                  \
        add_others_##format(n, size, pixel * n->channels + channel + 4 * k, channel + 4 * k, steps, currents + 16 * k); \
    }                                                                                                                  \
    char *record = n->record;                                                                                          \
    if (record != 0) {                                                                                                 \
      for (int t = 0; t < steps; t++) {                                                                                \
        char *to = record + 4 * (t * size + pixel * n->channels + channel);                                            \
        for (int k = 0; k < fours; k++) store(to + 16 * k, load(currents + 4 * PANEL * t + 16 * k));                   \
      }                                                                                                                \
    }                                                                                                                  \
    if (n->spikes == 0) return;                                                                                        \
    if (n->negatives == CORRECTING) {                                                                                  \
      for (int k = 0; k < fours; k++)                                                                                  \
        fire_correcting_##format(n, size, pixel, channel + 4 * k, steps, currents + 16 * k);                           \
      return;                                                                                                          \
    }                                                                                                                  \
    if (!n->hard && !n->above && n->negatives == NO_NEGATIVES && n->leak == 0 && n->shift == 0 && n->most <= 1) {      \
      const int place = pixel * n->channels + channel;                                                                 \
      fire_soft_##format(n->threshold + 4 * (pixel * n->threshold_pitch + channel),                                    \
                         n->start + 4 * (pixel * n->start_pitch + channel), (char *)(n->spikes + place),               \
                         n->potential == 0 ? 0 : n->potential + 4 * place, fours, steps, currents);                    \
    } else {                                                                                                           \
      for (int k = 0; k < fours; k++) fire_any_##format(n, size, pixel, channel + 4 * k, steps, currents + 16 * k);    \
    }                                                                                                                  \
  }

DEFINE_OTHERS(f32, wasm_f32x4_add, wasm_f32x4_sub)
DEFINE_OTHERS(i32, wasm_i32x4_add, wasm_i32x4_sub)
DEFINE_FIRE_SOFT(f32, wasm_f32x4_add, wasm_f32x4_sub, wasm_f32x4_ge)
DEFINE_FIRE_SOFT(i32, wasm_i32x4_add, wasm_i32x4_sub, wasm_i32x4_ge)
DEFINE_FIRE_ANY(f32, wasm_f32x4_add, wasm_f32x4_sub, wasm_f32x4_ge, wasm_f32x4_gt, wasm_f32x4_neg)
DEFINE_FIRE_ANY(i32, wasm_i32x4_add, wasm_i32x4_sub, wasm_i32x4_ge, wasm_i32x4_gt, wasm_i32x4_neg)
DEFINE_FIRE_CORRECTING(f32, wasm_f32x4_add, wasm_f32x4_sub, wasm_f32x4_ge, wasm_f32x4_gt, wasm_f32x4_neg, wasm_f32x4_max, wasm_f32x4_abs)
DEFINE_FIRE_CORRECTING(i32, wasm_i32x4_add, wasm_i32x4_sub, wasm_i32x4_ge, wasm_i32x4_gt, wasm_i32x4_neg, wasm_i32x4_max, wasm_i32x4_abs)
DEFINE_FIRE(f32)
DEFINE_FIRE(i32)

#endif
