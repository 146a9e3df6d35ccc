// What every kernel shares: names of vectors, and how a kernel is declared.
#ifndef RHEOBASE_SPIKE_SIMD_H
#define RHEOBASE_SPIKE_SIMD_H

#include <stdint.h>
#include <wasm_simd128.h>

typedef v128_t f32x4;
typedef v128_t i32x4;
typedef v128_t i16x8;
typedef v128_t u16x8;

// A kernel: a function the module exports under its own name.
#define KERNEL(name) __attribute__((export_name(#name))) void name
// A structure passed to a function that is not inlined would need a stack, which there is not.
#define INLINE static inline __attribute__((always_inline))
// A loop that counts gets a function of its own, with few values alive: in a large one V8 keeps them in memory, not in registers.
#define LEAF static __attribute__((noinline))
#define UNROLLED _Pragma("clang loop unroll(full)")

INLINE v128_t load(const void *p) { return wasm_v128_load(p); }
INLINE void store(void *p, v128_t x) { wasm_v128_store(p, x); }

// All ones where bit `step` of a word is 1.
INLINE i32x4 spread_bit(i32x4 words, int step) { return wasm_i32x4_shr(wasm_i32x4_shl(words, 31 - step), 31); }

INLINE int min_int(int a, int b) { return a < b ? a : b; }
INLINE int max_int(int a, int b) { return a > b ? a : b; }

#endif
