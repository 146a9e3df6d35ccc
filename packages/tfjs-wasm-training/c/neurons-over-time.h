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

#endif
