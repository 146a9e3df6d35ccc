// Values that are moved, summed, scaled or taken from one form to another, without weights.
#include "simd.h"

// `length` 4-byte values from one place to another, in values from the start of each.
struct run {
  int to, from, length;
};

// Copies runs, of numbers or of spike words, for each step.
KERNEL(move_runs)(const struct run *runs, int count, int32_t *to, const int32_t *from, int to_step, int from_step,
                  int steps) {
  for (int t = 0; t < steps; t++, to += to_step, from += from_step) {
    for (int i = 0; i < count; i++) {
      const int32_t *source = from + runs[i].from;
      int32_t *target = to + runs[i].to;
      for (int k = 0; k < runs[i].length; k++) target[k] = source[k];
    }
  }
}

// A run that is added with a factor.
struct weighted_run {
  int to, from, length;
  union {
    float f32;
    int i32;
  } factor;
};

#define DEFINE_ADD_RUNS(format, number, vector, add, mul, splat)                                                       \
  KERNEL(format##_add_runs)(const struct weighted_run *runs, int count, number *to, const number *from, int to_step,   \
                            int from_step, int steps) {                                                                \
    for (int t = 0; t < steps; t++, to += to_step, from += from_step) {                                                \
      for (int i = 0; i < count; i++) {                                                                                \
        const number *source = from + runs[i].from;                                                                    \
        number *target = to + runs[i].to;                                                                              \
        const number factor = runs[i].factor.format;                                                                   \
        const vector factors = splat(factor);                                                                          \
        int k = 0;                                                                                                     \
        for (; k + 4 <= runs[i].length; k += 4) store(target + k, add(load(target + k), mul(factors, load(source + k)))); \
        for (; k < runs[i].length; k++) target[k] += factor * source[k];                                               \
      }                                                                                                                \
    }                                                                                                                  \
  }
DEFINE_ADD_RUNS(f32, float, f32x4, wasm_f32x4_add, wasm_f32x4_mul, wasm_f32x4_splat)
DEFINE_ADD_RUNS(i32, int, i32x4, wasm_i32x4_add, wasm_i32x4_mul, wasm_i32x4_splat)

KERNEL(clear)(int32_t *to, int count) {
  for (int i = 0; i < count; i++) to[i] = 0;
}

// y = factor · x, the factor for each channel (pitch 0) or each element. Channels are a multiple of 4.
#define DEFINE_SCALE(format, mul)                                                                                      \
  KERNEL(format##_scale)(int32_t *to, const int32_t *from, const int32_t *factor, int factor_pitch, int pixels,        \
                         int channels, int steps) {                                                                    \
    for (int t = 0; t < steps; t++) {                                                                                  \
      for (int pixel = 0; pixel < pixels; pixel++, to += channels, from += channels) {                                 \
        const int32_t *f = factor + pixel * factor_pitch;                                                              \
        for (int c = 0; c < channels; c += 4) store(to + c, mul(load(f + c), load(from + c)));                         \
      }                                                                                                                \
    }                                                                                                                  \
  }
DEFINE_SCALE(f32, wasm_f32x4_mul)
DEFINE_SCALE(i32, wasm_i32x4_mul)

// The values gain·s(t) of spikes, [steps, pixels, channels]; the gain for each channel (pitch 0) or each neuron. Spikes of level k, worth 2ᵏ,
// have words of their own: [levels, pixels, channels].
#define DEFINE_SPIKE_VALUES(format, add, sub)                                                                          \
  KERNEL(format##_spike_values)(int32_t *to, const uint32_t *spikes, const uint32_t *negative, const int32_t *gain,    \
                                int gain_pitch, int pixels, int channels, int steps, int levels) {                     \
    for (int t = 0; t < steps; t++) {                                                                                  \
      for (int pixel = 0; pixel < pixels; pixel++) {                                                                   \
        const int32_t *g = gain + pixel * gain_pitch;                                                                  \
        for (int c = 0; c < channels; c += 4, to += 4) {                                                               \
          int place = pixel * channels + c;                                                                            \
          v128_t gains = load(g + c), value = wasm_i32x4_const_splat(0);                                               \
          for (int level = 0; level < levels; level++, place += pixels * channels, gains = add(gains, gains)) {        \
            value = add(value, wasm_v128_and(gains, spread_bit(load(spikes + place), t)));                             \
            if (negative != 0) value = sub(value, wasm_v128_and(gains, spread_bit(load(negative + place), t)));        \
          }                                                                                                            \
          store(to, value);                                                                                            \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
  }
DEFINE_SPIKE_VALUES(f32, wasm_f32x4_add, wasm_f32x4_sub)
DEFINE_SPIKE_VALUES(i32, wasm_i32x4_add, wasm_i32x4_sub)

// Integers from one number format to the other.
KERNEL(i32_from_f32)(int32_t *to, const float *from, int count) {
  for (int i = 0; i < count; i++) to[i] = (int32_t)from[i];
}
KERNEL(f32_from_i32)(float *to, const int32_t *from, int count) {
  for (int i = 0; i < count; i++) to[i] = (float)from[i];
}

// k = clip(⌊x/step + ½⌋, ±limit) in double precision, written as a float; the step for each of `channels`.
KERNEL(f32_quantize)(float *to, const float *from, const float *step, int channels, int count, double limit) {
  for (int i = 0, c = 0; i < count; i++) {
    double k = __builtin_floor((double)from[i] / (double)step[c] + 0.5);
    k = k < -limit ? -limit : k;
    to[i] = (float)(k > limit ? limit : k);
    if (++c == channels) c = 0;
  }
}

// Signed spikes [steps, count], of −1, 0 and 1, as words; those of sign −1 into `negative`, if there is one.
KERNEL(pack_spikes)(uint32_t *words, uint32_t *negative, const int8_t *spikes, int count, int steps) {
  for (int i = 0; i < count; i++) {
    uint32_t plus = 0, minus = 0;
    for (int t = 0; t < steps; t++) {
      const int spike = spikes[t * count + i];
      plus |= (uint32_t)(spike > 0) << t;
      minus |= (uint32_t)(spike < 0) << t;
    }
    words[i] = plus;
    if (negative != 0) negative[i] = minus;
  }
}

// The reverse.
KERNEL(unpack_spikes)(int8_t *spikes, const uint32_t *words, const uint32_t *negative, int count, int steps) {
  for (int t = 0; t < steps; t++) {
    for (int i = 0; i < count; i++) {
      const int minus = negative == 0 ? 0 : negative[i] >> t & 1;
      *spikes++ = (int8_t)((int)(words[i] >> t & 1) - minus);
    }
  }
}
