#include "spike-convolution.h"

// So many weights of at most 127 add up in 16 bits, whatever they are.
enum { SAFE_EVENTS = 256 };

INLINE void accumulate(const struct spike_convolution *s, const struct neurons *n, int size, int pixel, int channel,
                       const int eights, const char *weights, const uint32_t *merged, const int *lengths) {
  const int steps = s->steps, capacity = s->merged_capacity, output = s->first_output + channel;
  char *const currents = s->currents;
  const char *const base = n->base + 4 * (pixel * n->base_pitch + output);
  for (int t = 0; t < steps; t++) {
    const uint32_t *list = merged + t * capacity;
    i32x4 sums[8];
    UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = load(base + 16 * k);
    for (int left = lengths[t]; left > 0; left -= SAFE_EVENTS) {
      const uint32_t *end = list + min_int(left, SAFE_EVENTS);
      i16x8 parts[4];
      UNROLLED for (int k = 0; k < eights; k++) parts[k] = wasm_i16x8_const_splat(0);
      for (; list < end; list += 2) {
        const char *a = weights + list[0], *b = weights + list[1];
        UNROLLED for (int k = 0; k < eights; k++) parts[k] = wasm_i16x8_add(parts[k], wasm_i16x8_load8x8(a + 8 * k));
        UNROLLED for (int k = 0; k < eights; k++) parts[k] = wasm_i16x8_add(parts[k], wasm_i16x8_load8x8(b + 8 * k));
      }
      UNROLLED for (int k = 0; k < eights; k++) {
        sums[2 * k] = wasm_i32x4_add(sums[2 * k], wasm_i32x4_extend_low_i16x8(parts[k]));
        sums[2 * k + 1] = wasm_i32x4_add(sums[2 * k + 1], wasm_i32x4_extend_high_i16x8(parts[k]));
      }
    }
    UNROLLED for (int k = 0; k < 2 * eights; k++) store(currents + 4 * PANEL * t + 16 * k, sums[k]);
  }
  fire_i32(n, size, pixel, output, 2 * eights, steps, currents);
}

DEFINE_SPIKE_CONVOLUTION(i8_spike_convolution, 0, accumulate)
