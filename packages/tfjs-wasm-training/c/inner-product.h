// Inner products of windows with packed weights: forward pass, input gradient and matrix product are all of this form.
#ifndef RHEOBASE_INNER_PRODUCT_H
#define RHEOBASE_INNER_PRODUCT_H

#include "simd.h"

// What a result pixel sees: `rows` × `columns` runs of `length` consecutive values.
struct window {
  int rows, row_pitch;
  int columns, column_pitch;
  int length;
};

// How pixels, `rows` × `columns` of them, lie in memory.
struct grid {
  int rows, columns;
  int row_pitch, column_pitch;
};

// Results are clamped to this range where there is an activation.
struct range {
  int clamped;
  float low, high;
};

// Packed weights: for every 8 results a panel of 8 biases, then 8 weights for each value of the window in turn.
INLINE int panel_size(int depth) { return 8 * (depth + 1); }

#define EACH_PIXEL(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7)

// The first `results` (1 to 8) of eight values.
INLINE void store_part8(float *y, f32x4 a, f32x4 b, int results) {
  if (results >= 4) {
    store4(y, a);
    if (results > 4) store_part4(y + 4, b, results - 4);
  } else {
    store_part4(y, a, results);
  }
}

// 8 pixels × 8 results over the whole window. With 15 registers most of the 8 × 4 spread values are spilled, which is
// what makes it fast: a multiplication takes one operand from memory for nothing, so that each weight loaded serves
// eight pixels.
INLINE void product_tile_8x8(
#define POINTERS(i) const float *x##i,
    EACH_PIXEL(POINTERS)
#undef POINTERS
#define POINTERS(i) float *y##i,
        EACH_PIXEL(POINTERS)
#undef POINTERS
            struct window window,
    const float *w, int results, struct range range) {
  f32x4 a0 = load4(w), b0 = load4(w + 4);
  f32x4 a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  f32x4 b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0, b6 = b0, b7 = b0;
  w += 8;
  for (int r = 0; r < window.rows; r++) {
    for (int c = 0; c < window.columns; c++) {
      const int from = r * window.row_pitch + c * window.column_pitch;
#define BEGIN(i) const float *p##i = x##i + from;
      EACH_PIXEL(BEGIN)
#undef BEGIN
      int k = window.length;
      for (; k >= 4; k -= 4) {
#define SPREAD(i)                                           \
  const f32x4 v##i = load4(p##i);                           \
  const f32x4 v##i##0 = wasm_i32x4_shuffle(v##i, v##i, 0, 0, 0, 0); \
  const f32x4 v##i##1 = wasm_i32x4_shuffle(v##i, v##i, 1, 1, 1, 1); \
  const f32x4 v##i##2 = wasm_i32x4_shuffle(v##i, v##i, 2, 2, 2, 2); \
  const f32x4 v##i##3 = wasm_i32x4_shuffle(v##i, v##i, 3, 3, 3, 3);
        EACH_PIXEL(SPREAD)
#undef SPREAD
        const f32x4 wa0 = load4(w), wa1 = load4(w + 8), wa2 = load4(w + 16), wa3 = load4(w + 24);
#define MADD(i) a##i = madd4(v##i##3, wa3, madd4(v##i##2, wa2, madd4(v##i##1, wa1, madd4(v##i##0, wa0, a##i))));
        EACH_PIXEL(MADD)
#undef MADD
        const f32x4 wb0 = load4(w + 4), wb1 = load4(w + 12), wb2 = load4(w + 20), wb3 = load4(w + 28);
#define MADD(i) b##i = madd4(v##i##3, wb3, madd4(v##i##2, wb2, madd4(v##i##1, wb1, madd4(v##i##0, wb0, b##i))));
        EACH_PIXEL(MADD)
#undef MADD
#define NEXT(i) p##i += 4;
        EACH_PIXEL(NEXT)
#undef NEXT
        w += 32;
      }
      for (; k > 0; k--) {
        const f32x4 wa = load4(w), wb = load4(w + 4);
#define MADD(i)                        \
  {                                    \
    const f32x4 v = splat4(p##i);      \
    a##i = madd4(v, wa, a##i);         \
    b##i = madd4(v, wb, b##i);         \
    p##i++;                            \
  }
        EACH_PIXEL(MADD)
#undef MADD
        w += 8;
      }
    }
  }
  if (range.clamped) {
    const f32x4 low = wasm_f32x4_splat(range.low), high = wasm_f32x4_splat(range.high);
#define CLAMP(i)                                              \
  a##i = wasm_f32x4_pmin(wasm_f32x4_pmax(a##i, low), high);   \
  b##i = wasm_f32x4_pmin(wasm_f32x4_pmax(b##i, low), high);
    EACH_PIXEL(CLAMP)
#undef CLAMP
  }
  if (results >= 8) {
#define STORE(i)      \
  store4(y##i, a##i); \
  store4(y##i + 4, b##i);
    EACH_PIXEL(STORE)
#undef STORE
  } else {
#define STORE(i) store_part8(y##i, a##i, b##i, results);
    EACH_PIXEL(STORE)
#undef STORE
  }
}

// Every pixel of a strip × every panel of packed weights.
INLINE void product_strip(const float *x, struct grid in, struct window window, const float *panels, int results,
                          float *y, struct grid out, struct range range) {
  const int size = panel_size(window.rows * window.columns * window.length);
  for (int n = 0; n < results; n += 8, panels += size) {
    int row = 0, column = 0;
    for (int left = out.rows * out.columns; left > 0; left -= 8) {
      // Where fewer than eight pixels are left, the first stands in for the others, and writes the same values again.
#define PLACE(i)                                                       \
  if (i == 0 || left > i) {                                            \
    x##i = x + row * in.row_pitch + column * in.column_pitch;          \
    y##i = y + row * out.row_pitch + column * out.column_pitch + n;    \
    if (++column == out.columns) {                                     \
      column = 0;                                                      \
      row++;                                                           \
    }                                                                  \
  } else {                                                             \
    x##i = x0;                                                         \
    y##i = y0;                                                         \
  }
#define DECLARE(i)    \
  const float *x##i;  \
  float *y##i;
      EACH_PIXEL(DECLARE)
      EACH_PIXEL(PLACE)
#undef DECLARE
#undef PLACE
      product_tile_8x8(x0, x1, x2, x3, x4, x5, x6, x7, y0, y1, y2, y3, y4, y5, y6, y7, window, panels, results - n,
                       range);
    }
  }
}

#endif
