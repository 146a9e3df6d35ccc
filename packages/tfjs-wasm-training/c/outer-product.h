// Sums of outer products: what the filter gradient and the product with a transposed left side have in common.
#ifndef RHEOBASE_OUTER_PRODUCT_H
#define RHEOBASE_OUTER_PRODUCT_H

#include "simd.h"

#define EACH_ROW(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7)

// sums[8][8] += Σ over images, rows and columns of xᵀ·d, both in blocks of eight values. d is dense; x steps as given.
static void outer_tile_8x8(const float *x, int x_image, int x_row, int x_column, const float *d, int images, int rows,
                           int columns, float *sums) {
#define BEGIN(i) f32x4 a##i = load4(sums + 8 * i), b##i = load4(sums + 8 * i + 4);
  EACH_ROW(BEGIN)
#undef BEGIN
  for (int i = 0; i < images; i++) {
    for (int r = 0; r < rows; r++) {
      const float *p = x + i * x_image + r * x_row;
      int k = columns;
      for (; k >= 4; k -= 4) {
#define SPREAD(s)                                                                  \
  const f32x4 u##s = load4(p), v##s = load4(p + 4);                                \
  const f32x4 v0##s = wasm_i32x4_shuffle(u##s, u##s, 0, 0, 0, 0); \
  const f32x4 v1##s = wasm_i32x4_shuffle(u##s, u##s, 1, 1, 1, 1); \
  const f32x4 v2##s = wasm_i32x4_shuffle(u##s, u##s, 2, 2, 2, 2); \
  const f32x4 v3##s = wasm_i32x4_shuffle(u##s, u##s, 3, 3, 3, 3); \
  const f32x4 v4##s = wasm_i32x4_shuffle(v##s, v##s, 0, 0, 0, 0); \
  const f32x4 v5##s = wasm_i32x4_shuffle(v##s, v##s, 1, 1, 1, 1); \
  const f32x4 v6##s = wasm_i32x4_shuffle(v##s, v##s, 2, 2, 2, 2); \
  const f32x4 v7##s = wasm_i32x4_shuffle(v##s, v##s, 3, 3, 3, 3); \
  p += x_column;
        SPREAD(A)
        SPREAD(B)
        SPREAD(C)
        SPREAD(D)
#undef SPREAD
        const f32x4 daA = load4(d), daB = load4(d + 8), daC = load4(d + 16), daD = load4(d + 24);
#define MADD(i) a##i = madd4(v##i##D, daD, madd4(v##i##C, daC, madd4(v##i##B, daB, madd4(v##i##A, daA, a##i))));
        EACH_ROW(MADD)
#undef MADD
        const f32x4 dbA = load4(d + 4), dbB = load4(d + 12), dbC = load4(d + 20), dbD = load4(d + 28);
#define MADD(i) b##i = madd4(v##i##D, dbD, madd4(v##i##C, dbC, madd4(v##i##B, dbB, madd4(v##i##A, dbA, b##i))));
        EACH_ROW(MADD)
#undef MADD
        d += 32;
      }
      for (; k > 0; k--) {
        const f32x4 u = load4(p), v = load4(p + 4);
        const f32x4 da = load4(d), db = load4(d + 4);
        const f32x4 v0 = wasm_i32x4_shuffle(u, u, 0, 0, 0, 0);
        const f32x4 v1 = wasm_i32x4_shuffle(u, u, 1, 1, 1, 1);
        const f32x4 v2 = wasm_i32x4_shuffle(u, u, 2, 2, 2, 2);
        const f32x4 v3 = wasm_i32x4_shuffle(u, u, 3, 3, 3, 3);
        const f32x4 v4 = wasm_i32x4_shuffle(v, v, 0, 0, 0, 0);
        const f32x4 v5 = wasm_i32x4_shuffle(v, v, 1, 1, 1, 1);
        const f32x4 v6 = wasm_i32x4_shuffle(v, v, 2, 2, 2, 2);
        const f32x4 v7 = wasm_i32x4_shuffle(v, v, 3, 3, 3, 3);
#define MADD(i)                      \
  a##i = madd4(v##i, da, a##i);     \
  b##i = madd4(v##i, db, b##i);
        EACH_ROW(MADD)
#undef MADD
        p += x_column;
        d += 8;
      }
    }
  }
#define END(i)                   \
  store4(sums + 8 * i, a##i);    \
  store4(sums + 8 * i + 4, b##i);
  EACH_ROW(END)
#undef END
}

#endif
