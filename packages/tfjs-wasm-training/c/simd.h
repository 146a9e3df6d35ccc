// What every kernel shares: names of vectors, and the one operation that the two builds do differently.
#ifndef RHEOBASE_SIMD_H
#define RHEOBASE_SIMD_H

#include <wasm_simd128.h>

typedef v128_t f32x4;

// A kernel: a function the module exports under its own name.
#define KERNEL(name) __attribute__((export_name(#name))) void name
// A structure passed to a function that is not inlined would need a stack, which there is not.
#define INLINE static inline __attribute__((always_inline))
// A loop that is to have all registers to itself: in a large function, engines keep its sums in memory.
#define SEPARATE static __attribute__((noinline))

INLINE f32x4 zero4(void) { return wasm_f32x4_const_splat(0.0f); }
INLINE f32x4 load4(const float *p) { return wasm_v128_load(p); }
// One value in all four lanes.
INLINE f32x4 splat4(const float *p) { return wasm_v128_load32_splat(p); }
INLINE void store4(float *p, f32x4 x) { wasm_v128_store(p, x); }
INLINE f32x4 add4(f32x4 a, f32x4 b) { return wasm_f32x4_add(a, b); }
INLINE f32x4 sub4(f32x4 a, f32x4 b) { return wasm_f32x4_sub(a, b); }
INLINE f32x4 mul4(f32x4 a, f32x4 b) { return wasm_f32x4_mul(a, b); }

// a·b + c: rounded once in the relaxed build (where the processor has fused multiply-add), twice in the plain one.
INLINE f32x4 madd4(f32x4 a, f32x4 b, f32x4 c) {
#ifdef __wasm_relaxed_simd__
  return wasm_f32x4_relaxed_madd(a, b, c);
#else
  return wasm_f32x4_add(wasm_f32x4_mul(a, b), c);
#endif
}

// The first `count` (1 to 3) of four values; the others 0. Reads nothing behind them.
INLINE f32x4 load_part4(const float *p, int count) {
  f32x4 x = wasm_v128_load32_zero(p);
  if (count > 1) x = wasm_v128_load32_lane(p + 1, x, 1);
  if (count > 2) x = wasm_v128_load32_lane(p + 2, x, 2);
  return x;
}

// Writes the first `count` (1 to 3) of four values, and nothing behind them.
INLINE void store_part4(float *p, f32x4 x, int count) {
  wasm_v128_store32_lane(p, x, 0);
  if (count > 1) wasm_v128_store32_lane(p + 1, x, 1);
  if (count > 2) wasm_v128_store32_lane(p + 2, x, 2);
}

INLINE float sum_lanes(f32x4 x) {
  return (wasm_f32x4_extract_lane(x, 0) + wasm_f32x4_extract_lane(x, 1)) +
         (wasm_f32x4_extract_lane(x, 2) + wasm_f32x4_extract_lane(x, 3));
}

INLINE int min_int(int a, int b) { return a < b ? a : b; }
INLINE int max_int(int a, int b) { return a > b ? a : b; }

#endif
