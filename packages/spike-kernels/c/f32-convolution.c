#include "simd.h"

// A convolution of numbers that are no spikes: the image, or pooled values. Written by src/analog-convolution.ts in this order.
struct analog_convolution {
  // [steps, rows, columns, pitch], of which `channels` are read from the first.
  const float *input;
  int input_step, rows, columns, pitch, first_channel, channels;
  int kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x, top, left;
  // [steps, output rows, output columns, output pitch], of which `outputs`, a multiple of 8, are written from the first.
  float *output;
  int output_step, output_rows, output_columns, output_pitch, first_output, outputs;
  int steps;
  // For each 8 outputs a panel: 8 biases, then 8 weights for each (kernel row, kernel column, channel).
  const float *weights;
  // Scratch memory for one padded image: [padded rows, padded columns, channels].
  float *padded;
  int padded_rows, padded_columns;
};

static void pad_image(const struct analog_convolution *s, const float *input) {
  float *to = s->padded;
  for (int y = -s->top; y < s->padded_rows - s->top; y++) {
    for (int x = -s->left; x < s->padded_columns - s->left; x++, to += s->channels) {
      const int inside = y >= 0 && y < s->rows && x >= 0 && x < s->columns;
      const float *from = input + (y * s->columns + x) * s->pitch + s->first_channel;
      for (int c = 0; c < s->channels; c++) to[c] = inside ? from[c] : 0.0f;
    }
  }
}

// Four neighbouring output pixels × 8 outputs, or one pixel four times where fewer are left.
INLINE void tile(const struct analog_convolution *s, const float *x0, const float *x1, const float *x2, const float *x3,
                 const float *w, float *y0, float *y1, float *y2, float *y3) {
  f32x4 a0 = load(w), b0 = load(w + 4), a1 = a0, b1 = b0, a2 = a0, b2 = b0, a3 = a0, b3 = b0;
  w += 8;
  const int row = s->padded_columns * s->channels;
  for (int i = 0; i < s->kernel_height; i++) {
    for (int j = 0; j < s->kernel_width; j++) {
      const int at = i * s->dilation_y * row + j * s->dilation_x * s->channels;
      for (int c = 0; c < s->channels; c++, w += 8) {
        const f32x4 wa = load(w), wb = load(w + 4);
#define MADD(k)                                                   \
  {                                                               \
    const f32x4 x = wasm_v128_load32_splat(x##k + at + c);        \
    a##k = wasm_f32x4_add(a##k, wasm_f32x4_mul(x, wa));           \
    b##k = wasm_f32x4_add(b##k, wasm_f32x4_mul(x, wb));           \
  }
        MADD(0) MADD(1) MADD(2) MADD(3)
#undef MADD
      }
    }
  }
#define STORE(k)      \
  store(y##k, a##k);  \
  store(y##k + 4, b##k);
  STORE(0) STORE(1) STORE(2) STORE(3)
#undef STORE
}

KERNEL(f32_convolution)(const struct analog_convolution *s) {
  const int panel = 8 * (1 + s->kernel_height * s->kernel_width * s->channels);
  const int across = s->stride_x * s->channels;
  for (int t = 0; t < s->steps; t++) {
    pad_image(s, s->input + t * s->input_step);
    float *output = s->output + t * s->output_step + s->first_output;
    for (int k = 0; k < s->outputs; k += 8) {
      const float *w = s->weights + k / 8 * panel;
      for (int row = 0; row < s->output_rows; row++) {
        const float *x = s->padded + row * s->stride_y * s->padded_columns * s->channels;
        float *y = output + row * s->output_columns * s->output_pitch + k;
        for (int left = s->output_columns; left > 0; left -= 4, x += 4 * across, y += 4 * s->output_pitch) {
#define X(i) (left > i ? x + i * across : x)
#define Y(i) (left > i ? y + i * s->output_pitch : y)
          tile(s, x, X(1), X(2), X(3), w, y, Y(1), Y(2), Y(3));
#undef X
#undef Y
        }
      }
    }
  }
}
