// Derivatives of the surrogates of the Heaviside step (packages/neurons): σ(x) = g(k·x), σ′(x) = k·g′(k·x).
#ifndef RHEOBASE_SURROGATE_H
#define RHEOBASE_SURROGATE_H

#include "simd.h"

// Numbered as in src/native/neuron-kernels.ts. GIVEN: σ′ comes from an array; NONE: it is 0.
enum surrogate { NONE, GIVEN, TANH, SIGMOID, TRIANGLE, RECTANGLE, ARCTAN, FAST_SIGMOID };

// exp(x) for x ≤ 0, with a relative error of at most 2e-7 above −87; below it stays at exp(−87), 1.6e-38. NaN stays NaN.
INLINE f32x4 exp_negative4(f32x4 x) {
  x = wasm_f32x4_pmax(x, wasm_f32x4_const_splat(-87.0f));
  // Added to 1.5·2²³, a number is rounded to an integer, which then stands in the lowest bits.
  const f32x4 round = wasm_f32x4_const_splat(12582912.0f);
  const f32x4 shifted = add4(mul4(x, wasm_f32x4_const_splat(1.44269504f)), round);
  const f32x4 n = sub4(shifted, round);
  // ln 2 in two parts, the first with so few digits that n times it is exact.
  f32x4 r = sub4(x, mul4(n, wasm_f32x4_const_splat(0.693359375f)));
  r = sub4(r, mul4(n, wasm_f32x4_const_splat(-2.12194440e-4f)));
  f32x4 p = wasm_f32x4_const_splat(1.9875691500e-4f);
  p = madd4(p, r, wasm_f32x4_const_splat(1.3981999507e-3f));
  p = madd4(p, r, wasm_f32x4_const_splat(8.3334519073e-3f));
  p = madd4(p, r, wasm_f32x4_const_splat(4.1665795894e-2f));
  p = madd4(p, r, wasm_f32x4_const_splat(1.6666665459e-1f));
  p = madd4(p, r, wasm_f32x4_const_splat(5.0000001201e-1f));
  p = add4(madd4(p, mul4(r, r), r), wasm_f32x4_const_splat(1.0f));
  return mul4(p, wasm_i32x4_add(wasm_i32x4_shl(shifted, 23), wasm_i32x4_const_splat(127 << 23)));
}

// The logistic function's derivative, e/(1 + e)² with e = exp(−|u|).
INLINE f32x4 logistic_derivative4(f32x4 u) {
  const f32x4 e = exp_negative4(wasm_f32x4_neg(wasm_f32x4_abs(u)));
  const f32x4 above = add4(e, wasm_f32x4_const_splat(1.0f));
  return wasm_f32x4_div(e, mul4(above, above));
}

INLINE f32x4 tanh_derivative4(f32x4 u) {
  // ½·tanh(u) + ½ is the logistic function of 2u.
  return mul4(logistic_derivative4(add4(u, u)), wasm_f32x4_const_splat(2.0f));
}
INLINE f32x4 triangle_derivative4(f32x4 u) {
  return wasm_f32x4_pmax(sub4(wasm_f32x4_const_splat(1.0f), wasm_f32x4_abs(u)), zero4());
}
INLINE f32x4 rectangle_derivative4(f32x4 u) {
  const v128_t inside = wasm_f32x4_lt(wasm_f32x4_abs(u), wasm_f32x4_const_splat(0.5f));
  return add4(wasm_v128_and(wasm_f32x4_const_splat(1.0f), inside), sub4(u, u));
}
INLINE f32x4 arctan_derivative4(f32x4 u) {
  const f32x4 turned = mul4(u, wasm_f32x4_const_splat(1.57079633f));
  return wasm_f32x4_div(wasm_f32x4_const_splat(0.5f), add4(wasm_f32x4_const_splat(1.0f), mul4(turned, turned)));
}
INLINE f32x4 fast_sigmoid_derivative4(f32x4 u) {
  const f32x4 above = add4(wasm_f32x4_const_splat(1.0f), wasm_f32x4_abs(u));
  return wasm_f32x4_div(wasm_f32x4_const_splat(0.5f), mul4(above, above));
}

// to = k·g′(k·x), of `count` (a multiple of 4) values. A loop for each, since V8 keeps the values of small functions in registers.
#define DERIVATIVES(name, derivative4)                                                                    \
  static __attribute__((noinline)) void name(const float *x, const float *slope, int count, float *to) {  \
    for (int i = 0; i < count; i += 4) {                                                                  \
      const f32x4 k = load4(slope + i);                                                                   \
      store4(to + i, mul4(k, derivative4(mul4(load4(x + i), k))));                                        \
    }                                                                                                     \
  }
DERIVATIVES(tanh_derivatives, tanh_derivative4)
DERIVATIVES(sigmoid_derivatives, logistic_derivative4)
DERIVATIVES(triangle_derivatives, triangle_derivative4)
DERIVATIVES(rectangle_derivatives, rectangle_derivative4)
DERIVATIVES(arctan_derivatives, arctan_derivative4)
DERIVATIVES(fast_sigmoid_derivatives, fast_sigmoid_derivative4)
#undef DERIVATIVES

static void derivatives(int surrogate, const float *x, const float *slope, int count, float *to) {
  switch (surrogate) {
    case TANH:
      tanh_derivatives(x, slope, count, to);
      break;
    case SIGMOID:
      sigmoid_derivatives(x, slope, count, to);
      break;
    case TRIANGLE:
      triangle_derivatives(x, slope, count, to);
      break;
    case RECTANGLE:
      rectangle_derivatives(x, slope, count, to);
      break;
    case ARCTAN:
      arctan_derivatives(x, slope, count, to);
      break;
    case FAST_SIGMOID:
      fast_sigmoid_derivatives(x, slope, count, to);
      break;
    default:
      for (int i = 0; i < count; i += 4) store4(to + i, zero4());
  }
}

#endif
