#include "simd.h"

// Optimizer steps over `size` values, in place. `rate` and the like are the same for all of them.

// Runs body(i, load, store) over whole vectors, then over what is left.
#define FOR_VALUES(body)                                           \
  do {                                                             \
    int i = 0;                                                     \
    for (; i + 4 <= size; i += 4) { body(load4, store4, ) }        \
    if (i < size) { body(load_part4, store_part4, COMMA_LEFT) }    \
  } while (0)
#define COMMA_LEFT , size - i

// v ← momentum·v + g + decay·w, then w ← w − rate·v.
KERNEL(f32_sgd_momentum_4)(float *w, float *v, const float *g, int size, float rate, float momentum, float decay) {
  const f32x4 m = wasm_f32x4_splat(momentum), d = wasm_f32x4_splat(decay), r = wasm_f32x4_splat(-rate);
#define STEP(load, store, left)                                                                                   \
  const f32x4 before = load(w + i left);                                                                          \
  const f32x4 velocity = madd4(load(v + i left), m, madd4(before, d, load(g + i left)));                          \
  store(v + i, velocity left);                                                                                    \
  store(w + i, madd4(velocity, r, before) left);
  FOR_VALUES(STEP);
#undef STEP
}

// The same with Nesterov's look ahead: w ← w − rate·(g + decay·w + momentum·v), v already moved.
KERNEL(f32_sgd_nesterov_4)(float *w, float *v, const float *g, int size, float rate, float momentum, float decay) {
  const f32x4 m = wasm_f32x4_splat(momentum), d = wasm_f32x4_splat(decay), r = wasm_f32x4_splat(-rate);
#define STEP(load, store, left)                                                                                   \
  const f32x4 before = load(w + i left);                                                                          \
  const f32x4 pull = madd4(before, d, load(g + i left));                                                          \
  const f32x4 velocity = madd4(load(v + i left), m, pull);                                                        \
  store(v + i, velocity left);                                                                                    \
  store(w + i, madd4(madd4(velocity, m, pull), r, before) left);
  FOR_VALUES(STEP);
#undef STEP
}

// m ← β₁·m + (1 − β₁)·g, s ← β₂·s + (1 − β₂)·g², w ← w·keep − step·m/(√s·spread + ε). The caller puts the rate, weight
// decay and both bias corrections into keep, step and spread.
KERNEL(f32_adamw_4)(float *w, float *m, float *s, const float *g, int size, float beta1, float beta2, float keep,
                    float step, float spread, float epsilon) {
  const f32x4 b1 = wasm_f32x4_splat(beta1), c1 = wasm_f32x4_splat(1.0f - beta1);
  const f32x4 b2 = wasm_f32x4_splat(beta2), c2 = wasm_f32x4_splat(1.0f - beta2);
  const f32x4 kept = wasm_f32x4_splat(keep), length = wasm_f32x4_splat(-step);
  const f32x4 wide = wasm_f32x4_splat(spread), least = wasm_f32x4_splat(epsilon);
#define STEP(load, store, left)                                                                                   \
  const f32x4 gradient = load(g + i left);                                                                        \
  const f32x4 first = madd4(load(m + i left), b1, mul4(gradient, c1));                                            \
  const f32x4 second = madd4(load(s + i left), b2, mul4(mul4(gradient, gradient), c2));                           \
  const f32x4 scale = madd4(wasm_f32x4_sqrt(second), wide, least);                                                \
  store(m + i, first left);                                                                                       \
  store(s + i, second left);                                                                                      \
  store(w + i, madd4(wasm_f32x4_div(first, scale), length, mul4(load(w + i left), kept)) left);
  FOR_VALUES(STEP);
#undef STEP
}

// a ← decay·a + share·x: moving averages.
KERNEL(f32_moving_average_4)(float *a, const float *x, int size, float decay, float share) {
  const f32x4 old = wasm_f32x4_splat(decay), now = wasm_f32x4_splat(share);
#define STEP(load, store, left) store(a + i, madd4(load(x + i left), now, mul4(load(a + i left), old)) left);
  FOR_VALUES(STEP);
#undef STEP
}

// y[0] = Σ x², summed in double precision.
KERNEL(f64_sum_of_squares_4)(const float *x, double *y, int size) {
  v128_t low = wasm_f64x2_const_splat(0.0), high = wasm_f64x2_const_splat(0.0);
#define STEP(load, store, left)                                                                    \
  const f32x4 value = load(x + i left);                                                            \
  const v128_t a = wasm_f64x2_promote_low_f32x4(value);                                            \
  const v128_t b = wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(value, value, 2, 3, 2, 3));     \
  low = wasm_f64x2_add(low, wasm_f64x2_mul(a, a));                                                 \
  high = wasm_f64x2_add(high, wasm_f64x2_mul(b, b));
  FOR_VALUES(STEP);
#undef STEP
  const v128_t sum = wasm_f64x2_add(low, high);
  y[0] = wasm_f64x2_extract_lane(sum, 0) + wasm_f64x2_extract_lane(sum, 1);
}
