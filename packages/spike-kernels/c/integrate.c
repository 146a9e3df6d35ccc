#include "neurons.h"

// Neurons whose currents come from no spike convolution: base, addend and shortcut only. currents: scratch, [steps, PANEL].
#define DEFINE_INTEGRATE(format)                                                                                       \
  KERNEL(format##_integrate)(const struct neurons *n, int pixels, int steps, char *currents) {                         \
    const int channels = n->channels;                                                                                  \
    for (int pixel = 0; pixel < pixels; pixel++) {                                                                     \
      for (int channel = 0; channel < channels; channel += PANEL) {                                                    \
        const int fours = min_int(PANEL, channels - channel) / 4;                                                      \
        const char *base = n->base + 4 * (pixel * n->base_pitch + channel);                                            \
        const char *later = n->later + 4 * (pixel * n->later_pitch + channel);                                         \
        for (int k = 0; k < fours; k++) {                                                                              \
          store(currents + 16 * k, load(base + 16 * k));                                                               \
          const v128_t current = load(later + 16 * k);                                                                 \
          for (int t = 1; t < steps; t++) store(currents + 4 * PANEL * t + 16 * k, current);                           \
        }                                                                                                              \
        fire_##format(n, pixels * channels, pixel, channel, fours, steps, currents);                                   \
      }                                                                                                                \
    }                                                                                                                  \
  }

DEFINE_INTEGRATE(f32)
DEFINE_INTEGRATE(i32)
