#include "convolution.h"
#include "simd.h"

// Filter m of channel c is output c·M + m, M = filters / channels. Sixteen outputs at a time where M is 1, then four.

// The input values that outputs o … o + count − 1 see.
INLINE f32x4 load_channels(const float *x, int o, int multiplier, int count) {
  if (multiplier == 1) return count == 4 ? load4(x + o) : load_part4(x + o, count);
  f32x4 v = splat4(x + o / multiplier);
  if (count > 1) v = wasm_v128_load32_lane(x + (o + 1) / multiplier, v, 1);
  if (count > 2) v = wasm_v128_load32_lane(x + (o + 2) / multiplier, v, 2);
  if (count > 3) v = wasm_v128_load32_lane(x + (o + 3) / multiplier, v, 3);
  return v;
}

INLINE f32x4 load_upto4(const float *p, int count) { return count == 4 ? load4(p) : load_part4(p, count); }

INLINE void store_upto4(float *p, f32x4 x, int count) {
  if (count == 4) store4(p, x);
  else store_part4(p, x, count);
}

// The first tap, of `kernel`, that lies inside [0, size) when the window begins at `begin`, and the one after the last.
INLINE int first_tap(int begin, int dilation) { return begin >= 0 ? 0 : (-begin + dilation - 1) / dilation; }
INLINE int end_tap(int begin, int dilation, int kernel, int size) {
  return begin >= size ? 0 : min_int(kernel, (size - 1 - begin) / dilation + 1);
}

// y = depthwise conv(x, w). x is [N, H, W, C], w [kH, kW, C, M], y [N, H′, W′, C·M].
KERNEL(f32_depthwise_conv2d_nhwc_1x16)(const struct convolution *s, const float *x, const float *w, float *y) {
  const int outputs = s->filters, multiplier = s->filters / s->channels;
  for (int i = 0; i < s->count; i++) {
    const float *image = x + i * s->height * s->width * s->channels;
    for (int row = 0; row < s->output_height; row++) {
      const int top = row * s->stride_y - s->top;
      const int ky0 = first_tap(top, s->dilation_y), ky1 = end_tap(top, s->dilation_y, s->kernel_height, s->height);
      for (int column = 0; column < s->output_width; column++, y += outputs) {
        const int left = column * s->stride_x - s->left;
        const int kx0 = first_tap(left, s->dilation_x), kx1 = end_tap(left, s->dilation_x, s->kernel_width, s->width);
        int o = 0;
        for (; multiplier == 1 && o + 16 <= outputs; o += 16) {
          f32x4 s0 = zero4(), s1 = zero4(), s2 = zero4(), s3 = zero4();
          for (int ky = ky0; ky < ky1; ky++) {
            const float *p = image + ((top + ky * s->dilation_y) * s->width + left + kx0 * s->dilation_x) * outputs + o;
            const float *q = w + (ky * s->kernel_width + kx0) * outputs + o;
            for (int kx = kx0; kx < kx1; kx++, p += s->dilation_x * outputs, q += outputs) {
              s0 = madd4(load4(p), load4(q), s0);
              s1 = madd4(load4(p + 4), load4(q + 4), s1);
              s2 = madd4(load4(p + 8), load4(q + 8), s2);
              s3 = madd4(load4(p + 12), load4(q + 12), s3);
            }
          }
          store4(y + o, s0);
          store4(y + o + 4, s1);
          store4(y + o + 8, s2);
          store4(y + o + 12, s3);
        }
        for (; o < outputs; o += 4) {
          const int count = min_int(4, outputs - o);
          f32x4 sum = zero4();
          for (int ky = ky0; ky < ky1; ky++) {
            const float *line = image + (top + ky * s->dilation_y) * s->width * s->channels;
            for (int kx = kx0; kx < kx1; kx++) {
              const float *pixel = line + (left + kx * s->dilation_x) * s->channels;
              const f32x4 weight = load_upto4(w + (ky * s->kernel_width + kx) * outputs + o, count);
              sum = madd4(load_channels(pixel, o, multiplier, count), weight, sum);
            }
          }
          store_upto4(y + o, sum, count);
        }
      }
    }
  }
}

// dx of y = depthwise conv(x, w); dx holds zeros before. Each output's gradient is added to the pixels it saw, in order.
KERNEL(f32_depthwise_conv2d_input_gradient_nhwc_1x16)(const struct convolution *s, const float *dy, const float *w,
                                                     float *dx) {
  const int outputs = s->filters, channels = s->channels, multiplier = s->filters / s->channels;
  for (int i = 0; i < s->count; i++) {
    float *image = dx + i * s->height * s->width * channels;
    for (int row = 0; row < s->output_height; row++) {
      const int top = row * s->stride_y - s->top;
      const int ky0 = first_tap(top, s->dilation_y), ky1 = end_tap(top, s->dilation_y, s->kernel_height, s->height);
      for (int column = 0; column < s->output_width; column++, dy += outputs) {
        const int left = column * s->stride_x - s->left;
        const int kx0 = first_tap(left, s->dilation_x), kx1 = end_tap(left, s->dilation_x, s->kernel_width, s->width);
        for (int ky = ky0; ky < ky1; ky++) {
          for (int kx = kx0; kx < kx1; kx++) {
            float *pixel = image + ((top + ky * s->dilation_y) * s->width + left + kx * s->dilation_x) * channels;
            const float *weights = w + (ky * s->kernel_width + kx) * outputs;
            if (multiplier == 1) {
              int c = 0;
              for (; c + 4 <= channels; c += 4)
                store4(pixel + c, madd4(load4(dy + c), load4(weights + c), load4(pixel + c)));
              if (c < channels) {
                const int count = channels - c;
                const f32x4 sum = madd4(load_part4(dy + c, count), load_part4(weights + c, count),
                                        load_part4(pixel + c, count));
                store_part4(pixel + c, sum, count);
              }
            } else {
              for (int c = 0; c < channels; c++) {
                float sum = pixel[c];
                for (int m = 0; m < multiplier; m++) sum += dy[c * multiplier + m] * weights[c * multiplier + m];
                pixel[c] = sum;
              }
            }
          }
        }
      }
    }
  }
}

// dw of y = depthwise conv(x, w); dw holds zeros before. A row is summed in a register, rows in memory.
KERNEL(f32_depthwise_conv2d_filter_gradient_nhwc_1x16)(const struct convolution *s, const float *x, const float *dy,
                                                      float *dw) {
  const int outputs = s->filters, multiplier = s->filters / s->channels;
  for (int i = 0; i < s->count; i++) {
    const float *image = x + i * s->height * s->width * s->channels;
    for (int row = 0; row < s->output_height; row++) {
      const int top = row * s->stride_y - s->top;
      const float *line = dy + (i * s->output_height + row) * s->output_width * outputs;
      for (int ky = 0; ky < s->kernel_height; ky++) {
        const int y = top + ky * s->dilation_y;
        if (y < 0 || y >= s->height) continue;
        for (int kx = 0; kx < s->kernel_width; kx++) {
          // Outputs whose tap kx lies inside the row.
          const int begin = kx * s->dilation_x - s->left;
          const int first = begin >= 0 ? 0 : (-begin + s->stride_x - 1) / s->stride_x;
          const int end = begin >= s->width ? 0 : min_int(s->output_width, (s->width - 1 - begin) / s->stride_x + 1);
          const float *pixels = image + (y * s->width + begin) * s->channels;
          int o = 0;
          for (; multiplier == 1 && o + 16 <= outputs; o += 16) {
            float *to = dw + (ky * s->kernel_width + kx) * outputs + o;
            f32x4 s0 = load4(to), s1 = load4(to + 4), s2 = load4(to + 8), s3 = load4(to + 12);
            const float *p = pixels + first * s->stride_x * outputs + o;
            const float *q = line + first * outputs + o;
            for (int column = first; column < end; column++, p += s->stride_x * outputs, q += outputs) {
              s0 = madd4(load4(p), load4(q), s0);
              s1 = madd4(load4(p + 4), load4(q + 4), s1);
              s2 = madd4(load4(p + 8), load4(q + 8), s2);
              s3 = madd4(load4(p + 12), load4(q + 12), s3);
            }
            store4(to, s0);
            store4(to + 4, s1);
            store4(to + 8, s2);
            store4(to + 12, s3);
          }
          for (; o < outputs; o += 4) {
            const int count = min_int(4, outputs - o);
            float *to = dw + (ky * s->kernel_width + kx) * outputs + o;
            f32x4 sum = load_upto4(to, count);
            for (int column = first; column < end; column++) {
              const f32x4 v = load_channels(pixels + column * s->stride_x * s->channels, o, multiplier, count);
              sum = madd4(v, load_upto4(line + column * outputs + o, count), sum);
            }
            store_upto4(to, sum, count);
          }
        }
      }
    }
  }
}

// Zeros, for sums to begin with.
KERNEL(f32_zeros)(float *to, int count) {
  int i = 0;
  for (; i + 4 <= count; i += 4) store4(to + i, zero4());
  for (; i < count; i++) to[i] = 0.0f;
}
