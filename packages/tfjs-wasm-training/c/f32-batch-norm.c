#include "channel-groups.h"

// One block's mean and sum of squared deviations, merged into those of the `before` rows above it (Chan, Golub and LeVeque,
// "Algorithms for computing the sample variance", 1983). A block is read from memory once, and no large sum is ever
// subtracted from another.
INLINE void merge_statistics(const float *x, float *mean, float *deviation, int before, int rows, int channels,
                             const int vectors, const int left) {
  f32x4 average[4], squares[4];
  UNROLLED for (int v = 0; v < vectors; v++) average[v] = squares[v] = zero4();
  const float *p = x;
  for (int r = 0; r < rows; r++, p += channels) {
    UNROLLED for (int v = 0; v < vectors; v++) average[v] = add4(average[v], load_left4(p + 4 * v, left));
  }
  const f32x4 inverse = wasm_f32x4_splat(1.0f / (float)rows);
  UNROLLED for (int v = 0; v < vectors; v++) average[v] = mul4(average[v], inverse);
  p = x;
  for (int r = 0; r < rows; r++, p += channels) {
    UNROLLED for (int v = 0; v < vectors; v++) {
      const f32x4 d = sub4(load_left4(p + 4 * v, left), average[v]);
      squares[v] = madd4(d, d, squares[v]);
    }
  }
  const float part = (float)rows / (float)(before + rows);
  const f32x4 share = wasm_f32x4_splat(part);
  const f32x4 weight = wasm_f32x4_splat((float)before * part);
  UNROLLED for (int v = 0; v < vectors; v++) {
    const f32x4 old = load_left4(mean + 4 * v, left);
    const f32x4 delta = sub4(average[v], old);
    store_left4(mean + 4 * v, madd4(delta, share, old), left);
    add_to_left4(deviation + 4 * v, madd4(mul4(delta, delta), weight, squares[v]), left);
  }
}

// Mean and biased variance of each channel of x [rows, channels].
KERNEL(f32_batch_statistics_16)(const float *x, float *mean, float *variance, int rows, int channels) {
  for (int c = 0; c < channels; c++) mean[c] = variance[c] = 0.0f;
#define MERGE(c, vectors, left)                                                                                      \
  merge_statistics(x + (long)row * channels + c, mean + c, variance + c, row, count, channels, vectors, left)
  FOR_BLOCKS(rows, channels, MERGE)
#undef MERGE
  for (int c = 0; c < channels; c++) variance[c] /= (float)rows;
}

INLINE float inverse_deviation(float variance, float epsilon) { return 1.0f / __builtin_sqrtf(variance + epsilon); }

INLINE void normalize_rows(const float *x, float *y, const float *mean, const float *factor, const float *offset,
                           int rows, int channels, const int vectors, const int left) {
  f32x4 m[4], f[4], b[4];
  UNROLLED for (int v = 0; v < vectors; v++) {
    m[v] = load_left4(mean + 4 * v, left);
    f[v] = load_left4(factor + 4 * v, left);
    b[v] = load_left4(offset + 4 * v, left);
  }
  for (int r = 0; r < rows; r++, x += channels, y += channels) {
    UNROLLED for (int v = 0; v < vectors; v++) {
      store_left4(y + 4 * v, madd4(sub4(load_left4(x + 4 * v, left), m[v]), f[v], b[v]), left);
    }
  }
}

// y = (x − μ)·γ/√(σ² + ε) + β, x [rows, channels]. `factor` is scratch for `channels` floats.
KERNEL(f32_normalize_16)(const float *x, const float *scale, const float *offset, const float *mean,
                         const float *variance, float *y, float *factor, int rows, int channels, float epsilon) {
  for (int c = 0; c < channels; c++) factor[c] = scale[c] * inverse_deviation(variance[c], epsilon);
#define NORMALIZE(c, vectors, left)                                                                                   \
  normalize_rows(x + (long)row * channels + c, y + (long)row * channels + c, mean + c, factor + c, offset + c, count, \
                 channels, vectors, left)
  FOR_BLOCKS(rows, channels, NORMALIZE)
#undef NORMALIZE
}

INLINE void add_products(const float *x, const float *dy, const float *mean, float *products, float *sums, int rows,
                         int channels, const int vectors, const int left) {
  f32x4 m[4], s[4], q[4];
  UNROLLED for (int v = 0; v < vectors; v++) {
    m[v] = load_left4(mean + 4 * v, left);
    s[v] = q[v] = zero4();
  }
  for (int r = 0; r < rows; r++, x += channels, dy += channels) {
    UNROLLED for (int v = 0; v < vectors; v++) {
      const f32x4 g = load_left4(dy + 4 * v, left);
      s[v] = add4(s[v], g);
      q[v] = madd4(g, sub4(load_left4(x + 4 * v, left), m[v]), q[v]);
    }
  }
  UNROLLED for (int v = 0; v < vectors; v++) {
    add_to_left4(sums + 4 * v, s[v], left);
    add_to_left4(products + 4 * v, q[v], left);
  }
}

INLINE void combine_rows(const float *x, const float *dy, float *dx, const float *mean, const float *factor,
                         const float *slope, const float *shift, int rows, int channels, const int vectors,
                         const int left) {
  f32x4 m[4], f[4], k[4], t[4];
  UNROLLED for (int v = 0; v < vectors; v++) {
    m[v] = load_left4(mean + 4 * v, left);
    f[v] = load_left4(factor + 4 * v, left);
    k[v] = load_left4(slope + 4 * v, left);
    t[v] = load_left4(shift + 4 * v, left);
  }
  for (int r = 0; r < rows; r++, x += channels, dy += channels, dx += channels) {
    UNROLLED for (int v = 0; v < vectors; v++) {
      const f32x4 centred = sub4(load_left4(x + 4 * v, left), m[v]);
      store_left4(dx + 4 * v, madd4(f[v], load_left4(dy + 4 * v, left), madd4(k[v], centred, t[v])), left);
    }
  }
}

// Gradients of batch norm by the batch's own statistics, which are functions of x as well; x̂ is computed again from x.
// `scratch` is room for 3·channels floats.
KERNEL(f32_batch_normalize_gradient_16)(const float *x, const float *dy, const float *scale, const float *mean,
                                        const float *variance, float *dx, float *dscale, float *doffset, float *scratch,
                                        int rows, int channels, float epsilon) {
  float *factor = scratch, *slope = scratch + channels, *shift = scratch + 2 * channels;
  for (int c = 0; c < channels; c++) dscale[c] = doffset[c] = 0.0f;
#define ADD(c, vectors, left)                                                                                        \
  add_products(x + (long)row * channels + c, dy + (long)row * channels + c, mean + c, dscale + c, doffset + c, count, \
               channels, vectors, left)
  FOR_BLOCKS(rows, channels, ADD)
#undef ADD
  for (int c = 0; c < channels; c++) {
    const float inverse = inverse_deviation(variance[c], epsilon);
    factor[c] = scale[c] * inverse;
    dscale[c] *= inverse;
    slope[c] = -factor[c] * inverse * dscale[c] / (float)rows;
    shift[c] = -factor[c] * doffset[c] / (float)rows;
  }
#define COMBINE(c, vectors, left)                                                                                    \
  combine_rows(x + (long)row * channels + c, dy + (long)row * channels + c, dx + (long)row * channels + c, mean + c, \
               factor + c, slope + c, shift + c, count, channels, vectors, left)
  FOR_BLOCKS(rows, channels, COMBINE)
#undef COMBINE
}

INLINE void scale_rows(const float *dy, float *dx, const float *factor, int rows, int channels, const int vectors,
                       const int left) {
  f32x4 f[4];
  UNROLLED for (int v = 0; v < vectors; v++) f[v] = load_left4(factor + 4 * v, left);
  for (int r = 0; r < rows; r++, dy += channels, dx += channels) {
    UNROLLED for (int v = 0; v < vectors; v++) store_left4(dx + 4 * v, mul4(load_left4(dy + 4 * v, left), f[v]), left);
  }
}

// Gradients of the same normalisation by a mean and a variance that are no functions of x. `factor` is scratch for
// `channels` floats.
KERNEL(f32_fixed_normalize_gradient_16)(const float *x, const float *dy, const float *scale, const float *mean,
                                        const float *variance, float *dx, float *dscale, float *doffset, float *factor,
                                        int rows, int channels, float epsilon) {
  for (int c = 0; c < channels; c++) {
    dscale[c] = doffset[c] = 0.0f;
    factor[c] = scale[c] * inverse_deviation(variance[c], epsilon);
  }
#define ADD(c, vectors, left)                                                                                         \
  add_products(x + (long)row * channels + c, dy + (long)row * channels + c, mean + c, dscale + c, doffset + c, count, \
               channels, vectors, left);                                                                              \
  scale_rows(dy + (long)row * channels + c, dx + (long)row * channels + c, factor + c, count, channels, vectors, left)
  FOR_BLOCKS(rows, channels, ADD)
#undef ADD
  for (int c = 0; c < channels; c++) dscale[c] *= inverse_deviation(variance[c], epsilon);
}
