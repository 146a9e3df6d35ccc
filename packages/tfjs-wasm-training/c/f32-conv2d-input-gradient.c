#include "convolution.h"
#include "gather.h"
#include "inner-product.h"

static int greatest_common_divisor(int a, int b) {
  while (b != 0) {
    const int rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Along one axis, input places r, r + stride, … are reached by the same taps: every `tap_step`-th, counted backwards
// from the last, and by outputs `step` apart from `first` on (plus 1 for each further input place).
struct phase {
  int taps, last_tap, tap_step;
  int first, step;
};

INLINE struct phase phase_of(int r, int kernel, int stride, int dilation, int before) {
  const int divisor = greatest_common_divisor(stride, dilation);
  const int tap_step = stride / divisor;
  int taps = 0, last_tap = 0;
  for (int k = 0; k < kernel; k++) {
    if ((r + before - k * dilation) % stride == 0) {
      taps++;
      last_tap = k;
    }
  }
  return (struct phase){taps, last_tap, tap_step, (r + before - last_tap * dilation) / stride, dilation / divisor};
}

// Panels of the taps of one phase, turned round, filters innermost.
INLINE void pack_turned(const float *w, const struct convolution *s, struct phase py, struct phase px, int channels,
                        int filters, float *to) {
  for (int n = 0; n < channels; n += 8) {
    const int results = min_int(8, channels - n);
    for (int j = 0; j < 8; j++) *to++ = 0.0f;
    for (int qy = 0; qy < py.taps; qy++) {
      for (int qx = 0; qx < px.taps; qx++) {
        const int tap = (py.last_tap - qy * py.tap_step) * s->kernel_width + px.last_tap - qx * px.tap_step;
        const float *from = w + (tap * channels + n) * s->filters;
        for (int f = 0; f < filters; f++)
          for (int j = 0; j < 8; j++) *to++ = j < results ? from[j * s->filters + f] : 0.0f;
      }
    }
  }
}

// dx of y = conv(x, w): for each of the stride's phases a convolution of dy without stride. dy is [N, H′, W′, F],
// w [kH, kW, C/groups, F], dx [N, H, W, C]. scratch: the packed weights of one group, then one gathered strip.
KERNEL(f32_conv2d_input_gradient_nhwc_8x8)(const struct convolution *s, const float *dy, const float *w, float *dx,
                                           float *scratch) {
  const int channels = s->channels / s->groups, filters = s->filters / s->groups;
  float *panels = scratch;
  float *strip = scratch + ((channels + 7) / 8) * panel_size(s->kernel_height * s->kernel_width * filters);
  const struct range everything = {0, 0.0f, 0.0f};
  for (int g = 0; g < s->groups; g++) {
    for (int ry = 0; ry < min_int(s->stride_y, s->height); ry++) {
      const struct phase py = phase_of(ry, s->kernel_height, s->stride_y, s->dilation_y, s->top);
      const int phase_rows = (s->height - ry + s->stride_y - 1) / s->stride_y;
      for (int rx = 0; rx < min_int(s->stride_x, s->width); rx++) {
        const struct phase px = phase_of(rx, s->kernel_width, s->stride_x, s->dilation_x, s->left);
        const int phase_columns = (s->width - rx + s->stride_x - 1) / s->stride_x;
        pack_turned(w + g * filters, s, py, px, channels, filters, panels);
        const int none = py.taps == 0 || px.taps == 0;
        const int columns = phase_columns + (px.taps - 1) * px.step;
        const int reach = (py.taps - 1) * py.step + 1;
        const int direct = s->groups == 1 && px.first == 0 && columns == s->output_width && py.first >= 0 &&
                           py.first + phase_rows - 1 + reach <= s->output_height;
        const int pitch = columns * filters;
        const struct grid in = {0, 0, pitch, filters};
        const int merged = px.step == 1;
        const struct window window = {none ? 0 : py.taps, py.step * pitch, merged ? 1 : px.taps, px.step * filters,
                                      merged ? px.taps * filters : filters};
        for (int i = 0; i < s->count; i++) {
          const float *image = dy + i * s->output_height * s->output_width * s->filters + g * filters;
          for (int top = 0; top < phase_rows; top += s->strip_rows) {
            const int rows = min_int(s->strip_rows, phase_rows - top);
            const float *from = strip;
            if (direct && !none) {
              from = image + (py.first + top) * pitch;
            } else if (!none) {
              gather(image, s->output_height, s->output_width, s->filters, py.first + top, px.first, rows - 1 + reach,
                     columns, filters, strip);
            }
            const struct grid out = {rows, phase_columns, s->stride_y * s->width * s->channels,
                                     s->stride_x * s->channels};
            const int place = (i * s->height + ry + top * s->stride_y) * s->width + rx;
            product_strip(from, in, window, panels, channels, dx + place * s->channels + g * channels, out,
                          everything);
          }
        }
      }
    }
  }
}
