#include "spike-convolution.h"

INLINE void accumulate(const struct spike_convolution *s, const struct neurons *n, int size, int pixel, int channel,
                       const int eights, const char *weights, const uint32_t *merged, const int *lengths) {
  const int steps = s->steps, capacity = s->merged_capacity, output = s->first_output + channel;
  char *const currents = s->currents;
  const char *const base = n->base + 4 * (pixel * n->base_pitch + output);
  for (int t = 0; t < steps; t++) {
    const uint32_t *list = merged + t * capacity;
    const uint32_t *end = list + lengths[t];
    f32x4 sums[8];
    UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = load(base + 16 * k);
    for (; list < end; list += 2) {
      const char *a = weights + list[0], *b = weights + list[1];
      UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = wasm_f32x4_add(sums[k], load(a + 16 * k));
      UNROLLED for (int k = 0; k < 2 * eights; k++) sums[k] = wasm_f32x4_add(sums[k], load(b + 16 * k));
    }
    UNROLLED for (int k = 0; k < 2 * eights; k++) store(currents + 4 * PANEL * t + 16 * k, sums[k]);
  }
  fire_f32(n, size, pixel, output, 2 * eights, steps, currents);
}

DEFINE_SPIKE_CONVOLUTION(f32_spike_convolution, 2, accumulate)
