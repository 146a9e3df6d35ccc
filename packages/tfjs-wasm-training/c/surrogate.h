// Derivatives of the surrogates of the Heaviside step (packages/neurons): σ(x) = g(k·x), σ′(x) = k·g′(k·x).
#ifndef RHEOBASE_SURROGATE_H
#define RHEOBASE_SURROGATE_H

#include "simd.h"

// Numbered as in src/native/neuron-kernels.ts. GIVEN: σ′ comes from an array; NONE: it is 0.
enum surrogate { NONE, GIVEN, TANH, SIGMOID, TRIANGLE, RECTANGLE, ARCTAN, FAST_SIGMOID };

// exp(x) for x ≤ 0, with a relative error of at most 2e-7 above −87; below it stays at exp(−87), 1.6e-38. NaN stays NaN.
INLINE f32x4 exp_negative4(f32x4 x) {
  x = wasm_f32x4_pmax(x, wasm_f32x4_const_splat(-87.0f));
  const f32x4 n = wasm_f32x4_nearest(mul4(x, wasm_f32x4_const_splat(1.44269504f)));
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
  const v128_t exponent = wasm_i32x4_shl(wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(n), wasm_i32x4_const_splat(127)), 23);
  return mul4(p, exponent);
}

// The logistic function's derivative, e/(1 + e)² with e = exp(−|u|).
INLINE f32x4 logistic_derivative4(f32x4 u) {
  const f32x4 e = exp_negative4(wasm_f32x4_neg(wasm_f32x4_abs(u)));
  const f32x4 above = add4(e, wasm_f32x4_const_splat(1.0f));
  return wasm_f32x4_div(e, mul4(above, above));
}

// g′(u)
INLINE f32x4 surrogate_derivative4(int surrogate, f32x4 u) {
  const f32x4 zero = zero4(), half = wasm_f32x4_const_splat(0.5f), one = wasm_f32x4_const_splat(1.0f);
  switch (surrogate) {
    case TANH:
      // ½·tanh(u) + ½ is the logistic function of 2u.
      return mul4(logistic_derivative4(add4(u, u)), wasm_f32x4_const_splat(2.0f));
    case SIGMOID:
      return logistic_derivative4(u);
    case TRIANGLE:
      return wasm_f32x4_max(sub4(one, wasm_f32x4_abs(u)), zero);
    case RECTANGLE:
      return add4(wasm_v128_and(one, wasm_f32x4_lt(wasm_f32x4_abs(u), half)), sub4(u, u));
    case ARCTAN: {
      const f32x4 turned = mul4(u, wasm_f32x4_const_splat(1.57079633f));
      return wasm_f32x4_div(half, add4(one, mul4(turned, turned)));
    }
    case FAST_SIGMOID: {
      const f32x4 above = add4(one, wasm_f32x4_abs(u));
      return wasm_f32x4_div(half, mul4(above, above));
    }
    default:
      return zero;
  }
}

#endif
