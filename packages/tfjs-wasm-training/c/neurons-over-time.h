#ifndef RHEOBASE_NEURONS_OVER_TIME_H
#define RHEOBASE_NEURONS_OVER_TIME_H

#include "simd.h"

// Neurons over all time steps of a batch. Arrays are [T·N, size], time first. θ and V(0) are one number, or `size` of them.

// The value of a parameter for neurons j to j + 3 (or `left` of them).
INLINE f32x4 parameter(const float *p, int j, int count, int left) {
  if (count == 1) return splat4(p);
  return left < 4 ? load_part4(p + j, left) : load4(p + j);
}
INLINE f32x4 take(const float *p, int left) { return left < 4 ? load_part4(p, left) : load4(p); }
INLINE void put(float *p, f32x4 x, int left) {
  if (left < 4) store_part4(p, x, left);
  else store4(p, x);
}
INLINE void put_more(float *p, f32x4 x, int left) { put(p, add4(take(p, left), x), left); }

// Where the gradients of a layer go: ∂/∂current, [T·N, size] or [N, size] where `current_steps` is 1; and, summed over the batch, for each
// neuron ∂/∂V(0), ∂/∂θ and the slope's.
typedef struct {
  float *current, *start, *theta, *slope;
  int current_steps, size;
} gradients;

// ∂loss/∂… of neurons j to j + 3 of an image, on the way back through time.
typedef struct {
  f32x4 current, potential, theta, slope;
} derivatives;

INLINE void begin_gradients(gradients into) {
  for (int j = 0; j < into.size; j += 4) {
    const int left = min_int(into.size - j, 4);
    put(into.start + j, zero4(), left);
    put(into.theta + j, zero4(), left);
    put(into.slope + j, zero4(), left);
  }
}
INLINE derivatives zero_derivatives(void) { return (derivatives){zero4(), zero4(), zero4(), zero4()}; }

// By the current of the step at `at`, which is what the potential has come to there.
INLINE derivatives through_current(derivatives by, gradients into, int at, int left) {
  if (into.current_steps == 1) by.current = add4(by.current, by.potential);
  else put(into.current + at, by.potential, left);
  return by;
}
// At the beginning of time.
INLINE void end_gradients(derivatives by, gradients into, int n, int j, int left) {
  if (into.current_steps == 1) put(into.current + n * into.size + j, by.current, left);
  put_more(into.start + j, by.potential, left);
  put_more(into.theta + j, by.theta, left);
  put_more(into.slope + j, by.slope, left);
}

#endif
